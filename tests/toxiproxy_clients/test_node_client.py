"""``toxiproxy-node-client`` from npm, used as its README shows."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.peers import Backend
from tests.program import ROOT
from tests.servers.command import find_program, run

NAME, VERSION = "toxiproxy-node-client", "4.1.0"
INSTALLED = ROOT / "build" / "npm" / f"{NAME}-{VERSION}"
"""Where it is kept from one run to the next."""
SCRIPT = Path(__file__).with_name("node_client.js")
DEADLINE = 120.0  # seconds for a package that comes over the network


def installed() -> Path:
    """The folder of the package, which npm brings the first time. Without a registry the test is skipped, and in CI
    it fails."""
    npm, package = find_program("npm", "npm"), INSTALLED / "node_modules" / NAME
    if not (package / "package.json").exists():
        INSTALLED.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-package-lock", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(
            [*command, "--prefix", str(INSTALLED), f"{NAME}@{VERSION}"],
            capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode != 0:
            reason = f"npm cannot install {NAME}: {done.stderr[-1000:]}"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return package


@pytest.mark.timeout(DEADLINE * 1.5)
def test_all_that_it_can_do(server: str, echo_backend: Backend) -> None:
    node, package = find_program("node", "nodejs"), installed()
    upstream = "{}:{}".format(*echo_backend.address)
    got: dict[str, Any] = json.loads(run([node, SCRIPT, package, server, upstream]))
    assert json.loads(got["version"]) == {"version": "2.12.0"}
    created = got["created"]
    assert {**created, "listen": ""} == {"name": "redis", "listen": "", "upstream": upstream, "enabled": True}
    assert created["listen"].startswith("127.0.0.1:")
    assert got["found"] == got["reset"] == created
    assert got["disabled"] == {**created, "enabled": False}
    assert len(got["toxics"]) == 7
    for kind, toxic in got["toxics"].items():
        expected = {"name": f"{kind}_upstream", "type": kind, "stream": "upstream", "toxicity": 0.5}
        assert toxic["added"].items() >= expected.items()
        assert toxic["same"] == toxic["added"]
        assert toxic["updated"] == {**toxic["added"], "toxicity": 1}
    assert got["readme"]["name"] == "bandwidth_downstream" and got["readme"]["attributes"]["rate"] == 1000
    assert got["populated"] == ["one", "two"] and got["all"] == ["one", "redis", "two"]
    errors = [got[name] for name in ("gone", "taken", "invalid", "removed")]
    assert ["404" in errors[0], "409" in errors[1], "400" in errors[2], "404" in errors[3]] == [True] * 4
