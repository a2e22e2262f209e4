"""What holds for a while only, and the port that a proxy comes back to."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.control.controlled import Controlled
from tests.handlers.conftest import Errors
from vaurien.control import live

PROXY = "/v1/proxies/default"
ANY = "127.0.0.1:0"


def change(api: Controlled, **body: Any) -> dict[str, Any]:
    """What holds after a change that must be good."""
    status, _, found = api.call("PATCH", PROXY, {name.rstrip("_"): value for name, value in body.items()})
    assert status == 200, found
    assert isinstance(found, dict)
    return found


def listening(api: Controlled) -> str:
    found: str = api.call("GET", PROXY)[2]["listening"]
    return found


def wait_back(api: Controlled) -> None:
    api.running.wait_until(lambda: not api.control.live.temporary("default"), "it goes back")


def test_a_local_that_was_another_for_a_while_has_the_port_that_it_had(api: Controlled) -> None:
    first = listening(api)
    assert change(api, local="localhost:0", for_=0.05)["listening"] != first
    wait_back(api)
    assert listening(api) == first
    assert change(api, enabled=False, local="localhost:0", for_=0.05)["listening"] is None
    wait_back(api)
    assert listening(api) == first


def test_it_waits_until_its_port_is_free(api: Controlled, errors: Errors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RETRY", 0.02)
    first = listening(api)
    second = change(api, local="localhost:0", for_=0.05)["listening"]
    host, _, port = first.rpartition(":")
    with socket.create_server((host, int(port))):
        api.running.wait_until(errors, "it says that it cannot")
        assert listening(api) == second
    wait_back(api)
    assert listening(api) == first
    assert [record.getMessage()[:26] for record in errors()] == ["cannot go back to what was"]


def test_the_port_that_it_has_may_have_been_said_meanwhile(api: Controlled) -> None:
    first = listening(api)
    assert change(api, local=first, for_=0.05)["listening"] == first
    wait_back(api)
    assert (listening(api), api.call("GET", PROXY)[2]["local"]) == (first, ANY)


def test_whose_port_is_taken_may_ask_for_any_other(api: Controlled) -> None:
    first = listening(api)
    change(api, enabled=False)
    host, _, port = first.rpartition(":")
    with socket.create_server((host, int(port))):
        status, _, said = api.call("PATCH", PROXY, {"enabled": True})
        assert (status, said["error"]["where"]) == (409, "enabled")
        assert f"cannot listen on {first}" in said["error"]["message"]
        found = change(api, enabled=True, local=ANY)
        assert found["listening"] not in (first, None)
    assert change(api, local=ANY)["listening"] == found["listening"]


def test_a_local_that_is_said_again_is_the_port_that_it_had(api: Controlled) -> None:
    first = listening(api)
    change(api, enabled=False)
    assert change(api, enabled=True, local=ANY)["listening"] == first
    change(api, local="localhost:0")
    assert change(api, local=ANY)["listening"] == first


def test_counters_and_sessions_stay_with_a_proxy_that_moves(api: Controlled) -> None:
    with api.running.connect() as client:
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"
        change(api, local="localhost:0")
        client.sendall(b"again")
        assert client.recv(5) == b"again"
        found = api.call("GET", f"{PROXY}/counters")[2]
        assert (found["sessions_opened"], found["sessions_open"], found["bytes_to_client"]) == (1, 1, 10)
        assert api.call("DELETE", f"{PROXY}/sessions")[2] == {"cut": 1}


def test_no_name_is_remembered_of_a_proxy_that_is_gone_and_no_version_comes_again(api: Controlled) -> None:
    seen = set()
    for number in range(20):
        for name in ("new", f"new{number}"):
            status, headers, _ = api.call("POST", "/v1/proxies", {"name": name, "distant": "127.0.0.1:1"})
            assert status == 201
            seen.add(headers["etag"])
            seen.add(api.call("PATCH", f"/v1/proxies/{name}", {"timeout": 3})[1]["etag"])
            assert api.call("DELETE", f"/v1/proxies/{name}")[0] == 204
    assert len(seen) == 80
    assert list(api.control.live.news._versions) == []
