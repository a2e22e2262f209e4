"""Proxies over Toxiproxy's dialect: made, listed, changed and deleted."""

from __future__ import annotations

import socket
from unittest import mock

import pytest

from tests.control.toxiproxy.dialect import Dialect
from tests.peers import Backend, backend, receive_exactly
from tests.running import DEADLINE


def refused(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), DEADLINE).close()
    except ConnectionRefusedError:
        return True
    return False


def test_the_version(toxiproxy: Dialect) -> None:
    answer = toxiproxy.api.ask("GET", "/version")
    assert (answer.status, answer.body) == (200, b'{"version": "2.12.0"}\n')
    assert answer.headers["content-type"] == "application/json;charset=utf-8"


def test_a_proxy_from_its_beginning_to_its_end(toxiproxy: Dialect, echo_backend: Backend) -> None:
    host, port = echo_backend.address
    assert toxiproxy.say("GET", "/proxies") == (200, {})
    made = toxiproxy.make(upstream=echo_backend.address)
    assert {**made, "listen": ""} == {
        "name": "one",
        "listen": "",
        "upstream": f"{host}:{port}",
        "enabled": True,
        "toxics": [],
    }
    with toxiproxy.connect(made) as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        assert toxiproxy.say("GET", "/proxies/one") == (200, made)
        assert toxiproxy.say("GET", "/proxies") == (200, {"one": made})
        answer = toxiproxy.api.ask("DELETE", "/proxies/one")
        assert (answer.status, answer.body) == (204, b"")
        assert client.recv(1) == b""
    assert toxiproxy.say("GET", "/proxies") == (200, {})


def test_all_are_listed_by_name(toxiproxy: Dialect) -> None:
    for name in ("b", "a", "c"):
        toxiproxy.make(name)
    assert list(toxiproxy.say("GET", "/proxies").json) == ["a", "b", "c"]


@pytest.mark.parametrize("listen", [None, "", ":0"])
def test_without_an_address_it_listens_on_any_port_of_every_interface(
    toxiproxy: Dialect, echo_backend: Backend, listen: str | None
) -> None:
    made = toxiproxy.make(upstream=echo_backend.address, listen=listen)
    host, _, port = made["listen"].rpartition(":")
    assert host in ("[::]", "0.0.0.0") and int(port) > 0
    socket.create_connection(("127.0.0.1", int(port)), DEADLINE).close()


@pytest.mark.parametrize("listen", ["127.0.0.1:", "127.0.0.1:+0", "[127.0.0.1]:00"])
def test_port_and_host_are_read_as_go_reads_them(toxiproxy: Dialect, listen: str) -> None:
    proxy = toxiproxy.make(listen=listen)
    assert proxy["listen"].startswith("127.0.0.1:") and not proxy["listen"].endswith(":0")


def test_a_port_may_be_the_name_of_a_service(toxiproxy: Dialect) -> None:
    with mock.patch("socket.getservbyname", return_value=80):  # not every machine has a list of them
        proxy = toxiproxy.make(listen="127.0.0.1:http", enabled=False)
    assert proxy["listen"] == "127.0.0.1:80"


def test_a_name_is_told_as_the_number_that_it_stands_for(toxiproxy: Dialect) -> None:
    made = toxiproxy.make(listen="localhost:0")
    host, _, port = made["listen"].rpartition(":")
    assert host == "127.0.0.1" and int(port) > 0


def test_one_that_was_never_enabled_has_the_address_as_it_was_written(toxiproxy: Dialect) -> None:
    made = toxiproxy.make(listen="localhost:0", enabled=False)
    assert (made["listen"], made["enabled"]) == ("localhost:0", False)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_disabled_it_refuses_and_enabled_it_comes_back_to_its_port(
    toxiproxy: Dialect, echo_backend: Backend, method: str
) -> None:
    made = toxiproxy.make(upstream=echo_backend.address)
    with toxiproxy.connect(made) as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        down = toxiproxy.say(method, "/proxies/one", {"enabled": False})
        assert down == (200, {**made, "enabled": False})
        assert client.recv(1) == b""
    assert refused(made["listen"])
    assert toxiproxy.say(method, "/proxies/one", {"enabled": True}) == (200, made)
    with toxiproxy.connect(made) as client:
        client.sendall(b"again")
        assert receive_exactly(client, 5) == b"again"


def test_another_upstream_cuts_the_sessions_and_keeps_the_port(toxiproxy: Dialect, echo_backend: Backend) -> None:
    with backend(lambda sock: sock.sendall(b"other")) as other:
        host, port = other.address
        made = toxiproxy.make(upstream=echo_backend.address)
        toxiproxy.toxic("noop")
        with toxiproxy.connect(made) as client:
            client.sendall(b"x")
            assert receive_exactly(client, 1) == b"x"
            status, now = toxiproxy.say("PATCH", "/proxies/one", {"upstream": f"{host}:{port}"})
            assert (status, now["listen"], now["upstream"]) == (200, made["listen"], f"{host}:{port}")
            assert [toxic["name"] for toxic in now["toxics"]] == ["noop_downstream"]
            assert client.recv(1) == b""
        with toxiproxy.connect(now) as client:
            assert receive_exactly(client, 5) == b"other"


def test_another_listen_moves_it(toxiproxy: Dialect, echo_backend: Backend) -> None:
    made = toxiproxy.make(upstream=echo_backend.address)
    status, now = toxiproxy.say("PATCH", "/proxies/one", {"listen": "localhost:0"})
    assert status == 200 and now["listen"] != made["listen"] and refused(made["listen"])
    with toxiproxy.connect(now) as client:
        client.sendall(b"x")
        assert receive_exactly(client, 1) == b"x"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_same_listen_changes_nothing(toxiproxy: Dialect, echo_backend: Backend, host: str) -> None:
    made = toxiproxy.make(upstream=echo_backend.address)
    same = made["listen"].replace("127.0.0.1", host)
    with toxiproxy.connect(made) as client:
        client.sendall(b"x")
        assert receive_exactly(client, 1) == b"x"
        assert toxiproxy.say("POST", "/proxies/one", {**made, "listen": same}) == (200, made)
        client.sendall(b"y")
        assert receive_exactly(client, 1) == b"y"


def test_its_name_cannot_be_changed(toxiproxy: Dialect) -> None:
    made = toxiproxy.make()
    assert toxiproxy.say("PATCH", "/proxies/one", {"name": "two"}) == (200, made)
    assert toxiproxy.error("GET", "/proxies/two") == (404, "proxy not found")


@pytest.mark.parametrize(("name", "path"), [("a b", "a%20b"), ("ü", "%C3%BC"), ("a%2Fb", "a%252Fb"), ("q?x", "q%3Fx")])
def test_a_name_may_need_quoting(toxiproxy: Dialect, name: str, path: str) -> None:
    assert toxiproxy.make(name)["name"] == name
    assert toxiproxy.say("GET", f"/proxies/{path}").json["name"] == name
    assert toxiproxy.say("DELETE", f"/proxies/{path}").status == 204


def test_toxics_can_come_with_it(toxiproxy: Dialect) -> None:
    made = toxiproxy.make(toxics=[{"type": "latency", "attributes": {"latency": 5}}, {"type": "noop", "name": "n"}])
    assert [(toxic["name"], toxic["stream"]) for toxic in made["toxics"]] == [
        ("latency_downstream", "downstream"),
        ("n", "downstream"),
    ]
