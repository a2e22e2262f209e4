"""Populate makes what there is not, and leaves alone what there is; reset makes everything well."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from tests.control.toxiproxy.dialect import Dialect
from tests.peers import Backend, backend, receive_exactly


def entry(name: str, upstream: Any = ("127.0.0.1", 9), **more: Any) -> dict[str, Any]:
    host, port = upstream
    return {"name": name, "upstream": f"{host}:{port}", "listen": "127.0.0.1:0", **more}


def test_it_makes_all_in_their_order(toxiproxy: Dialect) -> None:
    status, said = toxiproxy.say("POST", "/populate", [entry("b"), entry("a", enabled=False)])
    assert status == 201 and list(said) == ["proxies"]
    assert [(proxy["name"], proxy["enabled"]) for proxy in said["proxies"]] == [("b", True), ("a", False)]
    assert toxiproxy.say("GET", "/proxies").json == {proxy["name"]: proxy for proxy in said["proxies"]}


@pytest.mark.parametrize("body", [b"[]", b"null"])
def test_of_nothing_it_makes_nothing(toxiproxy: Dialect, body: bytes) -> None:
    assert toxiproxy.say("POST", "/populate", body) == (201, {"proxies": None})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_one_that_is_there_already_keeps_all_that_it_has(toxiproxy: Dialect, echo_backend: Backend, host: str) -> None:
    made = toxiproxy.make(upstream=echo_backend.address)
    toxiproxy.toxic("noop")
    asked = entry("one", echo_backend.address, listen=made["listen"].replace("127.0.0.1", host), enabled=False)
    with toxiproxy.connect(made) as client:
        client.sendall(b"x")
        assert receive_exactly(client, 1) == b"x"
        status, said = toxiproxy.say("POST", "/populate", [asked])
        assert status == 201 and said["proxies"] == [toxiproxy.say("GET", "/proxies/one").json]
        assert said["proxies"][0]["enabled"] and len(said["proxies"][0]["toxics"]) == 1
        client.sendall(b"y")
        assert receive_exactly(client, 1) == b"y"


def test_one_with_another_upstream_is_replaced_its_sessions_and_toxics_go(
    toxiproxy: Dialect, echo_backend: Backend
) -> None:
    with backend(lambda sock: sock.sendall(b"other")) as other:
        made = toxiproxy.make(upstream=echo_backend.address)
        toxiproxy.toxic("noop")
        with toxiproxy.connect(made) as client:
            client.sendall(b"x")
            assert receive_exactly(client, 1) == b"x"
            asked = entry("one", other.address, listen=made["listen"])
            status, said = toxiproxy.say("POST", "/populate", [asked])
            assert status == 201 and client.recv(1) == b""
        assert said["proxies"] == [{**made, "upstream": asked["upstream"], "toxics": []}]
        with toxiproxy.connect(made) as client:
            assert receive_exactly(client, 5) == b"other"


def test_it_enables_one_that_it_replaces(toxiproxy: Dialect) -> None:
    toxiproxy.make(enabled=False)
    said = toxiproxy.say("POST", "/populate", [entry("one", ("127.0.0.1", 10))]).json
    assert said["proxies"][0]["enabled"]


def test_twice_is_the_same_as_once(toxiproxy: Dialect) -> None:
    first = toxiproxy.say("POST", "/populate", [entry("a"), entry("b")]).json["proxies"]
    again = [{key: proxy[key] for key in ("name", "listen", "upstream")} for proxy in first]
    assert toxiproxy.say("POST", "/populate", again) == (201, {"proxies": first})


def test_it_takes_toxics(toxiproxy: Dialect) -> None:
    asked = entry("one", toxics=[{"type": "latency", "stream": "upstream", "attributes": {"latency": 7}}])
    (made,) = toxiproxy.say("POST", "/populate", [asked]).json["proxies"]
    (toxic,) = made["toxics"]
    assert (toxic["name"], toxic["attributes"]["latency"]) == ("latency_upstream", 7)
    again = entry("one", listen=made["listen"], toxics=[{"type": "noop"}])
    (made,) = toxiproxy.say("POST", "/populate", [again]).json["proxies"]
    assert [toxic["name"] for toxic in made["toxics"]] == ["noop_downstream"]
    (made,) = toxiproxy.say("POST", "/populate", [entry("one", listen=made["listen"])]).json["proxies"]
    assert [toxic["name"] for toxic in made["toxics"]] == ["noop_downstream"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "bad request body: EOF"),
        (b"{}", "bad request body: json: cannot unmarshal object into Go value of type []Proxy"),
        (b"5", "bad request body: json: cannot unmarshal number into Go value of type []Proxy"),
        ([entry("good"), {"upstream": "127.0.0.1:9"}], "missing required field: name at proxy 2"),
        ([entry("good"), None], "missing required field: name at proxy 2"),
        ([{"name": "x"}, entry("good")], "missing required field: upstream at proxy 1"),
        ([entry("x", listen="nonsense"), {"name": "y"}], "missing required field: upstream at proxy 2"),
        (
            [{"name": "x"}, {"name": 5}],
            "bad request body: json: cannot unmarshal number into Go struct field Proxy.name",
        ),
        ([entry("good"), entry("x", toxics=[{"type": "lag"}])], "invalid toxic type"),
        ([entry("good"), {"name": "x", "upstream": "nowhere"}], "upstream: 'nowhere' has no port"),
    ],
)
def test_what_is_wrong_is_found_before_anything_is_made(toxiproxy: Dialect, body: Any, message: str) -> None:
    answer = toxiproxy.api.ask("POST", "/populate", body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["error"].startswith(message)
    assert (answer.status, answer.json["status"], answer.json["proxies"]) == (400, 400, None)
    assert toxiproxy.say("GET", "/proxies") == (200, {})


def test_where_one_cannot_listen_those_before_it_stay(toxiproxy: Dialect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname())
        answer = toxiproxy.api.ask("POST", "/populate", [entry("a"), entry("b", listen=address), entry("c")])
    assert answer.status == 500
    assert list(answer.json) == ["error", "status", "proxies"]
    assert answer.json["error"] == f"listen tcp {address}: bind: address already in use"
    assert [proxy["name"] for proxy in answer.json["proxies"]] == ["a"]
    assert list(toxiproxy.say("GET", "/proxies").json) == ["a"]


@pytest.mark.parametrize("body", [None, b"nonsense", {"whatever": 1}])
def test_reset_enables_all_and_takes_all_toxics_away(toxiproxy: Dialect, body: Any) -> None:
    toxiproxy.say("POST", "/populate", [entry("a", toxics=[{"type": "noop"}]), entry("b", enabled=False)])
    answer = toxiproxy.api.ask("POST", "/reset", body)
    assert (answer.status, answer.body) == (204, b"")
    found = toxiproxy.say("GET", "/proxies").json.values()
    assert [(proxy["enabled"], proxy["toxics"]) for proxy in found] == [(True, []), (True, [])]


def test_one_that_cannot_be_enabled_does_not_keep_reset_from_the_others(toxiproxy: Dialect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname())
        toxiproxy.make("a", listen=address, enabled=False, toxics=[{"type": "noop"}])
        toxiproxy.make("b", toxics=[{"type": "noop"}])
        message = f"listen tcp {address}: bind: address already in use"
        assert toxiproxy.error("POST", "/reset") == (500, message)
    found = toxiproxy.say("GET", "/proxies").json
    assert [(proxy["enabled"], proxy["toxics"]) for proxy in found.values()] == [(False, []), (True, [])]


def test_the_answer_is_json_that_clients_read_whole(toxiproxy: Dialect) -> None:
    answer = toxiproxy.api.ask("POST", "/populate", [entry("ü<&>")])
    assert json.loads(answer.body)["proxies"][0]["name"] == "ü<&>"
