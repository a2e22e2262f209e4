"""The native API: what each route answers."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests import peers
from tests.control.controlled import Controlled, controlled
from tests.peers import receive_exactly
from tests.running import DEADLINE
from vaurien.handlers import BUILT_IN
from vaurien.version import __version__

ONE = "/v1/proxies/default"
NO_TLS = {
    "tls_cert": None, "tls_key": None, "tls_self_signed": False, "tls_implicit": False,
    "distant_tls": False, "distant_tls_implicit": False, "distant_ca": None,
    "distant_name": None, "distant_cert": None, "distant_key": None, "distant_verify": True,
}  # fmt: skip


def test_the_root_says_what_this_daemon_is(api: Controlled) -> None:
    status, _, root = api.call("GET", "/v1")
    assert (status, root["version"], root["seed"]) == (200, __version__, api.running.daemon.seed)
    assert root["proxies"] == ["default"] and root["uptime"] >= 0


def test_a_proxy_as_it_is(api: Controlled) -> None:
    status, headers, proxy = api.call("GET", ONE)
    local = "{}:{}".format(*api.running.address)
    assert status == 200 and headers["etag"].startswith('"')
    assert proxy == {
        "name": "default",
        "local": "127.0.0.1:0",
        "listening": local,
        "distant": str(api.running.daemon.settings.proxies["default"].distant),
        "enabled": True,
        "protocol": "tcp",
        "command_metrics": False,
        "timeout": 10.0,
        "max_sessions": 0,
        "caller_header": "",
        "max_active": 10,
        "tls": NO_TLS,
        "tls_ca": None,
        "behavior": "100:dummy",
        "shares": [{"handler": "dummy", "percent": 100.0}],
        "handlers": {},
        "session_behavior": "",
        "session_handlers": {},
        "hooks": [],
        "hook_options": {},
        "toxics": [],
        "sessions": 0,
        "reverts": [],
    }
    assert api.call("GET", "/v1/proxies")[2] == {"proxies": [proxy]}


def test_a_proxy_from_its_beginning_to_its_end(api: Controlled) -> None:
    distant = str(api.running.daemon.settings.proxies["default"].distant)
    body = {"name": "a b/ü"[:3] + "ü", "distant": distant, "behavior": "20:delay", "handlers": {"delay": {"sleep": 0}}}
    status, headers, made = api.call("POST", "/v1/proxies", body)
    assert (status, headers["location"]) == (201, "/v1/proxies/a%20b%C3%BC")
    assert made["shares"] == [{"handler": "delay", "percent": 20.0}, {"handler": "dummy", "percent": 80.0}]
    assert made["handlers"]["delay"]["sleep"] == 0
    assert api.call("GET", headers["location"])[2] == made
    host, _, port = made["listening"].rpartition(":")
    with socket.create_connection((host, int(port)), DEADLINE) as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        assert api.call("GET", headers["location"])[2]["sessions"] == 1
    status, _, changed = api.call("PATCH", headers["location"], {"enabled": False, "max_sessions": 3})
    assert (status, changed["listening"], changed["enabled"], changed["max_sessions"]) == (200, None, False, 3)
    status, _, changed = api.call("PATCH", headers["location"], {"enabled": True})
    assert (status, changed["listening"]) == (200, made["listening"])
    assert api.call("DELETE", headers["location"])[0] == 204
    assert api.call("GET", headers["location"])[0] == 404
    assert api.call("DELETE", headers["location"])[0] == 404


def test_a_name_or_an_address_that_is_taken_is_a_conflict(api: Controlled) -> None:
    body = {"name": "default", "distant": "127.0.0.1:1"}
    status, _, answer = api.call("POST", "/v1/proxies", body)
    assert (status, answer["error"]["where"]) == (409, "name")
    taken = "{}:{}".format(*api.running.address)
    status, _, answer = api.call("POST", "/v1/proxies", {"name": "new", "distant": "127.0.0.1:1", "local": taken})
    assert (status, answer["error"]["where"]) == (409, "local")
    assert "address already in use" in answer["error"]["message"]


def test_behavior_is_set_with_its_options_and_put_back_exactly(api: Controlled) -> None:
    _, _, before = api.call("GET", f"{ONE}/behavior")
    body = {"behavior": "50:delay,10.5:hang", "handlers": {"delay": {"sleep": 2}}, "for": "90s"}
    status, headers, now = api.call("PUT", f"{ONE}/behavior", body)
    assert status == 200
    assert (now["behavior"], now["handlers"]["delay"]["sleep"]) == ("50:delay,10.5:hang", 2.0)
    assert 80 < now["reverts_in"] <= 90
    assert api.call("GET", f"{ONE}/behavior")[1]["etag"] == headers["etag"]
    (reverts,) = api.call("GET", ONE)[2]["reverts"]
    assert reverts["fields"] == ["behavior", "handlers"] and 80 < reverts["in"] <= 90
    restore = {"behavior": before["behavior"], "handlers": before["handlers"]}
    assert api.call("PUT", f"{ONE}/behavior", restore)[2] == before


def test_if_match(api: Controlled) -> None:
    first = api.call("GET", ONE)[1]["etag"]
    second = api.call("PATCH", ONE, {"timeout": 3}, {"If-Match": first})[1]["etag"]
    for method, path, body in (
        ("PATCH", ONE, {"timeout": 4}),
        ("PUT", f"{ONE}/behavior", {"behavior": "10:delay"}),
        ("DELETE", ONE, None),
    ):
        status, _, answer = api.call(method, path, body, {"If-Match": first})
        assert (status, answer["error"]["where"]) == (412, "If-Match")
        assert second in answer["error"]["message"]
    assert api.call("GET", ONE)[2]["timeout"] == 3.0
    assert api.call("DELETE", ONE, None, {"If-Match": second})[0] == 204


WRONG = [
    ("PATCH", ONE, {"behavior": "20:delya"}, 400, "behavior"),
    ("PATCH", ONE, {"handlers": {"delay": {"sleep": "x"}}}, 400, "handlers.delay.sleep"),
    ("PATCH", ONE, {"behavior": "10:antigravity.x"}, 400, "behavior"),
    ("PUT", f"{ONE}/behavior", {}, 400, "behavior"),
    ("PUT", f"{ONE}/behavior", {"behavior": "10:delay", "timeout": 3}, 400, "timeout"),
    ("PUT", f"{ONE}/behavior", [], 400, None),
    ("PUT", f"{ONE}/behavior", b"{", 400, None),
    ("PUT", f"{ONE}/behavior", b"", 400, None),
    ("PUT", f"{ONE}/behavior", b"\xff\xfe", 400, None),
    ("POST", "/v1/proxies", {"name": "x"}, 400, "distant"),
    ("POST", "/v1/proxies", {"distant": "a:1"}, 400, "name"),
    ("PATCH", "/v1/proxies/nobody", {}, 404, "name"),
    ("GET", "/v1/proxies/nobody/behavior", None, 404, "name"),
    ("GET", "/v1/proxies/nobody/sessions", None, 404, "name"),
    ("GET", "/v1/proxies/nobody/counters", None, 404, "name"),
    ("GET", f"{ONE}/sessions/7", None, 404, "ordinal"),
    ("DELETE", f"{ONE}/sessions/x", None, 404, "ordinal"),
    ("GET", "/v1/events?type=nothing", None, 400, "type"),
    ("GET", "/v1/nothing", None, 404, None),
    ("POST", ONE, {}, 405, None),
]


@pytest.mark.parametrize(("method", "path", "body", "wanted", "where"), WRONG)
def test_what_cannot_be_is_said(
    api: Controlled, method: str, path: str, body: Any, wanted: int, where: str | None
) -> None:
    before = api.call("GET", ONE)
    status, headers, answer = api.call(method, path, body)
    assert status == wanted
    assert headers["content-type"].startswith("application/json")
    assert answer["error"]["message"]
    assert where is None or answer["error"]["where"] == where
    assert api.call("GET", ONE)[2] == before[2]


def test_sessions_and_counters() -> None:
    with peers.backend(peers.echo) as backend, controlled(backend.address, "100:delay", {"delay.sleep": 0}) as api:
        with api.running.connect() as one, api.running.connect() as two:
            for client in (one, two, two):
                client.sendall(b"hello")
                assert receive_exactly(client, 5) == b"hello"
            first, second = api.call("GET", f"{ONE}/sessions")[2]["sessions"]
            assert (first["ordinal"], second["ordinal"]) == (1, 2)
            assert first["client"] == "{}:{}".format(*one.getsockname())
            assert second["calls"] == {"delay": 2, "dummy": 2}
            assert (second["bytes_to_backend"], second["bytes_to_client"]) == (10, 10)
            assert api.call("GET", f"{ONE}/sessions/2")[2]["calls_to_backend"] == 2
            assert api.call("DELETE", f"{ONE}/sessions/1")[2] == {"cut": 1}
            assert one.recv(10) == b""
            counters = api.call("GET", f"{ONE}/counters")[2]
            assert counters["sessions_opened"] == 2 and counters["sessions_open"] == 1
            assert counters["sessions_ended"] == {"cut by the control API": 1}
            assert counters["bytes_to_backend"] == 15
            assert counters["calls"] == {
                "delay": {"to_backend": 3, "to_client": 0},
                "dummy": {"to_backend": 0, "to_client": 3},
            }
            assert api.call("DELETE", f"{ONE}/sessions")[2] == {"cut": 1}
            assert two.recv(10) == b""
        assert api.call("GET", f"{ONE}/sessions")[2] == {"sessions": []}


def test_what_can_be_chosen(api: Controlled) -> None:
    handlers = {handler["name"]: handler for handler in api.call("GET", "/v1/handlers")[2]["handlers"]}
    assert set(handlers) == {handler.name for handler in BUILT_IN}
    options = {option["name"]: option for option in handlers["delay"]["options"]}
    assert options["sleep"] == {
        "name": "sleep",
        "type": "float",
        "default": 1.0,
        "description": "Delay in seconds",
        "minimum": 0,
        "maximum": None,
        "choices": [],
        "unit": "seconds",
    }
    assert options["direction"]["choices"] == ["both", "to_backend", "to_client"]
    hooks = [hook["name"] for hook in api.call("GET", "/v1/hooks")[2]["hooks"]]
    assert hooks == ["limit", "viewer"]
