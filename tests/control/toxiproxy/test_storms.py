"""Careless and hostile clients: many at once on the same proxy. No change is lost, nothing wedges, no 500."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from tests.control.toxiproxy.dialect import Dialect
from tests.path.tools import together, wait_no_sessions
from tests.peers import Backend, backend, receive_all, receive_exactly

CLIENTS = 50


def storm(toxiproxy: Dialect, *acts: Callable[[int], list[tuple[str, str, Any]]]) -> list[int]:
    """The statuses of what `CLIENTS` clients ask for at the same time, each one act after the other."""

    def client(number: int) -> list[int]:
        return [toxiproxy.say(*asked).status for act in acts for asked in act(number)]

    said = together(*(lambda number=number: client(number) for number in range(CLIENTS)))
    return [status for statuses in said for status in statuses]


def test_no_toxic_that_is_added_is_lost(toxiproxy: Dialect) -> None:
    toxiproxy.make()
    path = "/proxies/one/toxics"
    said = storm(toxiproxy, lambda number: [("POST", path, {"type": "latency", "name": f"t{number}"})])
    assert said == [200] * CLIENTS
    assert {toxic["name"] for toxic in toxiproxy.say("GET", path).json} == {f"t{number}" for number in range(CLIENTS)}
    attributes = {"latency": 5, "jitter": 3}
    change = {"attributes": attributes}
    assert storm(toxiproxy, lambda number: [("PATCH", f"{path}/t{number}", change)]) == [200] * CLIENTS
    assert all(toxic["attributes"].items() >= attributes.items() for toxic in toxiproxy.say("GET", path).json)
    assert storm(toxiproxy, lambda number: [("DELETE", f"{path}/t{number}", None)]) == [204] * CLIENTS
    assert toxiproxy.say("GET", path).json == []


def test_one_name_is_had_by_one_client(toxiproxy: Dialect) -> None:
    toxiproxy.make()
    said = storm(toxiproxy, lambda _: [("POST", "/proxies/one/toxics", {"type": "noop"})])
    assert sorted(said) == [200] + [409] * (CLIENTS - 1)
    said = storm(toxiproxy, lambda _: [("DELETE", "/proxies/one/toxics/noop_downstream", None)])
    assert sorted(said) == [204] + [404] * (CLIENTS - 1)
    said = storm(
        toxiproxy, lambda _: [("POST", "/proxies", {"name": "x", "upstream": "127.0.0.1:9", "listen": "localhost:0"})]
    )
    assert sorted(said) == [201] + [409] * (CLIENTS - 1)
    said = storm(toxiproxy, lambda _: [("DELETE", "/proxies/x", None)])
    assert sorted(said) == [204] + [404] * (CLIENTS - 1)


def test_changes_of_different_attributes_do_not_undo_each_other(toxiproxy: Dialect) -> None:
    toxiproxy.make()
    toxiproxy.toxic("slicer")
    changes = [{"attributes": {"average_size": 9}}, {"attributes": {"delay": 7}}, {"toxicity": 0.5}]
    path = "/proxies/one/toxics/slicer_downstream"
    assert storm(toxiproxy, lambda number: [("POST", path, changes[number % 3])]) == [200] * CLIENTS
    toxic = toxiproxy.say("GET", path).json
    assert (toxic["attributes"]["average_size"], toxic["attributes"]["delay"], toxic["toxicity"]) == (9, 7, 0.5)


def test_everything_at_once_on_a_proxy_with_sessions(toxiproxy: Dialect, echo_backend: Backend) -> None:
    upstream = "{}:{}".format(*echo_backend.address)
    made = toxiproxy.make(upstream=echo_backend.address)
    listen = made["listen"]
    populate = [{"name": "one", "upstream": upstream, "listen": listen}]

    def acts(number: int) -> list[tuple[str, str, Any]]:
        name, kind = f"t{number % 7}", ("noop", "latency", "slicer", "bandwidth", "timeout")[number % 5]
        stream = ("upstream", "downstream")[number % 2]
        return [
            ("POST", "/proxies/one/toxics", {"type": kind, "name": name, "stream": stream}),
            ("PATCH", f"/proxies/one/toxics/{name}", {"toxicity": 0.5}),
            ("GET", "/proxies", None),
            ("POST", "/populate", populate),
            ("POST", "/proxies/one", {"enabled": bool(number % 3)}),
            ("DELETE", f"/proxies/one/toxics/{name}", None),
            ("POST", "/reset", None),
        ]

    clients = [toxiproxy.connect(made) for _ in range(20)]
    try:
        for client in clients:
            client.sendall(b"x" * 1000)
        assert {*storm(toxiproxy, acts)} <= {200, 201, 204, 404, 409}
    finally:
        for client in clients:
            client.close()
    assert toxiproxy.say("POST", "/reset").status == 204
    with toxiproxy.connect(toxiproxy.say("GET", "/proxies/one").json) as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"


def test_proxies_come_and_go_under_each_others_hands(toxiproxy: Dialect) -> None:
    def acts(number: int) -> list[tuple[str, str, Any]]:
        name = f"p{number % 5}"
        entry = {"name": name, "upstream": f"127.0.0.{number % 3 + 1}:9", "listen": "localhost:0"}
        return [
            ("POST", "/populate", [entry, {**entry, "name": "common"}]),
            ("POST", "/proxies", entry),
            ("PATCH", f"/proxies/{name}", {"enabled": False}),
            ("GET", "/proxies", None),
            ("POST", "/reset", None),
            ("DELETE", f"/proxies/{name}", None),
        ]

    assert {*storm(toxiproxy, acts)} <= {200, 201, 204, 404, 409}
    assert set(toxiproxy.say("GET", "/proxies").json) == {"common"}


def test_a_toxic_that_is_removed_lets_go_of_what_it_holds(toxiproxy: Dialect) -> None:
    data = bytes(range(256)) * 4000
    with backend(lambda sock: sock.sendall(data)) as server:
        made = toxiproxy.make(upstream=server.address, toxics=[{"type": "bandwidth"}])
        with toxiproxy.connect(made) as client:
            running = toxiproxy.api.running
            running.wait_until(lambda: running.proxy.totals_now()["received_to_client"])
            assert toxiproxy.say("DELETE", "/proxies/one/toxics/bandwidth_downstream").status == 204
            assert receive_all(client) == data


def test_a_proxy_is_deleted_while_its_toxics_hold_data(toxiproxy: Dialect, echo_backend: Backend) -> None:
    made = toxiproxy.make(upstream=echo_backend.address)
    toxiproxy.toxic("bandwidth", stream="upstream")
    with toxiproxy.connect(made) as client:
        client.sendall(b"x" * 100_000)
        running = toxiproxy.api.running
        running.wait_until(lambda: running.proxy.totals_now()["received_to_backend"])
        assert toxiproxy.say("DELETE", "/proxies/one").status == 204
        wait_no_sessions(running)
        try:
            assert client.recv(1) == b""
        except ConnectionResetError:
            pass  # it was still sending
    again = toxiproxy.make(upstream=echo_backend.address, listen=made["listen"])
    with toxiproxy.connect(again) as client:
        client.sendall(b"y")
        assert receive_exactly(client, 1) == b"y"


def test_a_client_that_leaves_in_the_middle_of_a_request_changes_nothing(toxiproxy: Dialect) -> None:
    made = toxiproxy.make()
    for end in (socket.SHUT_WR, socket.SHUT_RDWR):
        with toxiproxy.api.connect() as client:
            head = b"POST /proxies/one HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
            client.sendall(head + b'{"enabled": false')
            client.shutdown(end)
            if end == socket.SHUT_WR:
                assert b" 400 " in receive_all(client).partition(b"\r\n")[0]
    assert toxiproxy.say("GET", "/proxies/one") == (200, made)
