"""schemathesis asks the control API all that its document allows, and more: each answer is one that it declares."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.control.controlled import Controlled, controlled
from tests.peers import Backend, receive_exactly
from tests.program import unmeasured

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
)
EXAMPLES = 10
SEED = 5
DEADLINE = 240.0  # seconds, on a busy machine
UNREACHED = {"/v1/events"}
"""Its answer never ends: it has tests of its own."""
CONFIG = """
[checks]
enabled = false
{checks}

[[operations]]
include-path = "/v1/proxies/{{name}}/sessions"

[operations.checks]
use_after_free.enabled = false
{others}"""
"""What is deleted at that path are the sessions, and not their list."""
LISTENING = ("/proxies", "/proxies/{proxy}", "/populate")
"""Toxiproxy answers 500 where it cannot listen. A fault of ours would stand in the log."""
OF_LISTENING = """
[[operations]]
include-path = "{path}"

[operations.checks]
not_a_server_error.expected-statuses = ["2xx", "4xx", 500]
"""


def narrowed(document: dict[str, Any], distant: str, holds: list[int]) -> dict[str, Any]:
    """The same document with values that are often good, so that requests get past the first check, and without any
    that would make the daemon listen to or look for anything but this machine."""
    schemas, parameters = document["components"]["schemas"], document["components"]["parameters"]
    schemas["Address"]["enum"] = [distant, "127.0.0.1:0", "[::1]:0", "unix:/nowhere/at/all", "nowhere", ":", "1:99999"]
    schemas["BehaviorText"]["enum"] = ["20:delay,5:error", "100:dummy", "0.1:drip", "20:dely", "120:delay", "", "a.b:1"]
    schemas["Duration"]["anyOf"][1]["minimum"] = 0.001
    parameters["name"]["schema"]["enum"] = ["default", "spare", "nobody"]
    parameters["proxy"]["schema"]["enum"] = ["default", "spare", "nobody"]
    parameters["toxic"]["schema"]["enum"] = ["latency_downstream", "slow", "none"]
    parameters["IfMatch"]["schema"]["enum"] = ["*", '"no version"']
    parameters["hold"]["schema"]["enum"] = [*holds, 999]
    parameters["ordinal"]["schema"]["enum"] = [1, 2, 999]
    parameters["ClassicProxy"]["schema"]["enum"] = ["default", "spare", "nobody"]
    classic = schemas["ClassicChoice"]["properties"]["name"]
    classic["enum"] = ["delay", "dummy", "20:delay,5:error", "20:delay", "dely", "error"]
    schemas["ClassicChoice"]["properties"] |= {"sleep": {"type": "number"}, "delay.sleep": {}, "inject": {}}
    schemas["NewProxy"]["properties"]["name"]["enum"] = ["spare", "default", "one more"]
    schemas["ToxiproxyNewProxy"]["properties"]["name"]["enum"] = ["toxic", "default", "another one"]
    schemas["ToxiproxyNewToxic"]["properties"]["name"]["enum"] = ["slow", "slower", ""]
    schemas["ToxiproxyNewToxic"]["properties"]["stream"]["enum"] = ["upstream", "Downstream", "sideways"]
    for name in ("ToxiproxyNewProxy", "ToxiproxyProxyChange"):
        schemas[name]["properties"]["listen"]["enum"] = ["127.0.0.1:0", "localhost:0", "", "nonsense", "[::1]:0"]
    release = document["paths"]["/v1/proxies/{name}/holds/{hold}"]["delete"]["parameters"]
    release[0] = {**parameters["name"], "schema": {"type": "string", "enum": ["held"]}}  # nobody deletes it
    restart = document["paths"]["/v1/proxies/{name}/scripts/{handler}/restart"]["post"]["parameters"]
    restart[0] = {**parameters["name"], "schema": {"type": "string", "enum": ["scripted"]}}  # nor this one
    parameters["handler"]["schema"]["enum"] = ["counted", "nobody"]
    return document


def schemathesis(folder: Path, api: Controlled, holds: list[int], tags: list[str]) -> subprocess.CompletedProcess[str]:
    distant = api.call("GET", "/v1/proxies/default")[2]["distant"]
    document = narrowed(api.call("GET", "/v1/openapi.json")[2], distant, holds)
    checks = "\n".join(f"{check}.enabled = true" for check in CHECKS)
    others = "".join(OF_LISTENING.format(path=path) for path in LISTENING)
    (folder / "schemathesis.toml").write_text(CONFIG.format(checks=checks, others=others))
    (folder / "openapi.json").write_text(json.dumps(document))
    skipped = [word for path in UNREACHED for word in ("--exclude-path", path)]
    chosen = [word for tag in tags for word in ("--include-tag", tag)]
    return subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", api.url,
            "--max-examples", str(EXAMPLES), "--seed", str(SEED),
            "--continue-on-failure", "--no-shrink", "--no-color", *skipped, *chosen,
        ],
        cwd=folder, env=unmeasured(), capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip


@pytest.mark.timeout(DEADLINE * 1.2)
@pytest.mark.parametrize(
    ("tags", "statuses"),
    [
        (["native", "service", "classic"], {200, 201, 204, 400, 404, 405, 409, 412}),
        (["toxiproxy"], {200, 201, 204, 400, 404, 405, 409, 500}),
    ],
    ids=["ours", "toxiproxy"],
)
def test_no_answer_is_a_fault_of_the_server_or_undocumented(
    echo_backend: Backend, tmp_path: Path, tags: list[str], statuses: set[int]
) -> None:
    ends = {"local": "127.0.0.1:0", "distant": "{}:{}".format(*echo_backend.address)}
    scripted = {**ends, "behavior": "counted"}
    proxies = {"proxy:spare": ends, "proxy:held": ends, "proxy:scripted": scripted}
    with (
        controlled(echo_backend.address, options={"counted.script": "pass 3, error"}, sections=proxies) as api,
        api.running.connect() as client,
    ):
        client.sendall(b"a session to look at")
        assert receive_exactly(client, 20) == b"a session to look at"
        paths = api.call("GET", "/v1/openapi.json")[2]["paths"]
        routes = {path for path in paths if {*tags} & {*next(iter(paths[path].values()))["tags"]}} - UNREACHED
        taken = {"name": "spare", "distant": ends["distant"]}  # not left to chance
        assert "409" in paths["/v1/proxies"]["post"]["responses"] and api.call("POST", "/v1/proxies", taken)[0] == 409
        held = {"behavior": "1:delay", "hold": True}
        holds = [api.call("PUT", "/v1/proxies/held/behavior", held)[2]["hold"] for _ in range(4)]
        done = schemathesis(tmp_path, api, holds, tags)
        print(done.stdout, done.stderr)
        assert done.returncode == 0
        answered = api.running.do(lambda: set(api.control.requests))
    # It has come past the first check everywhere, and seen each kind of refusal.
    assert {route for route, status in answered if status < 300} >= routes
    assert {status for _, status in answered} >= statuses
