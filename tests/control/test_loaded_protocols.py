"""A protocol that the operator has named in a section can be chosen live, though no proxy speaks it yet."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from tests.control.controlled import Controlled, controlled
from tests.peers import Backend
from tests.protocols.lines import LINES
from vaurien.errors import ConfigError
from vaurien.protocols import BUILT_IN, PROTOCOLS

BROUGHT = EntryPoint("brought", "tests.protocols.lines:LinesProtocol", PROTOCOLS.group)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package announces the tests' own protocol."""
    monkeypatch.setattr(PROTOCOLS, "_installed", {BROUGHT.name: BROUGHT})


def names(api: Controlled) -> set[str]:
    """All that can be chosen."""
    return {protocol["name"] for protocol in api.call("GET", "/v1/protocols")[2]["protocols"]}


@pytest.mark.parametrize(
    ("section", "options", "name"),
    [("brought", {}, "lines"), (LINES, {}, "lines"), ("mine", {"callable": LINES}, "mine")],
)
def test_a_section_makes_it_be_chosen(
    section: str, options: Mapping[str, Any], name: str, echo_backend: Backend
) -> None:
    with controlled(echo_backend.address, sections={f"protocol:{section}": options}) as api:
        assert names(api) == {"tcp", name, *(protocol.name for protocol in BUILT_IN)}
        status, _, found = api.call("PATCH", "/v1/proxies/default", {"protocol": name, "behavior": "100:error"})
        assert (status, found["protocol"]) == (200, name)
        with api.running.connect() as client:
            client.sendall(b"a\n")
            assert client.recv(100) == b"ERR BUSY a\n"


def test_what_is_installed_and_nobody_has_named_is_not_loaded(echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as api:
        assert "lines" not in names(api)
        for name in ("brought", LINES):
            status, _, found = api.call("PATCH", "/v1/proxies/default", {"protocol": name})
            assert (status, found["error"]["where"]) == (400, "protocol")


def test_a_proxy_may_speak_what_a_section_names(echo_backend: Backend) -> None:
    sections = {"protocol:mine": {"callable": LINES}}
    with controlled(echo_backend.address, "100:error", sections=sections, protocol="mine") as api:
        assert api.call("GET", "/v1/proxies/default")[2]["protocol"] == "mine"


@pytest.mark.parametrize(
    ("section", "options", "said"),
    [
        ("protocol:linse", {}, r"\[protocol:linse\]: unknown protocol 'linse'"),
        ("protocol:mine", {"callable": "os.path.join"}, "'mine' is no protocol: it must derive from"),
        ("protocol:brought", {"size": 3}, r"\[protocol:brought\] size: unknown option"),
        ("proxy:default:protocol:brought", {}, "unknown section"),
    ],
)
def test_a_section_that_is_wrong(section: str, options: Mapping[str, Any], said: str, echo_backend: Backend) -> None:
    with pytest.raises(ConfigError, match=said), controlled(echo_backend.address, sections={section: options}):
        pass
