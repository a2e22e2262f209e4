"""Faults of Toxiproxy's toxics that users have reported; above each test, how its row begins."""

from __future__ import annotations

import select
import socket
import time
from typing import Any

import pytest

from tests.control.toxiproxy.dialect import Dialect
from tests.path.tools import how_it_ends
from tests.peers import receive_exactly
from tests.toxiproxy_faults.tools import echoes

SESSIONS = 24


def crowd(api: Dialect) -> list[socket.socket]:
    """Sessions, the first byte of each echoed; the caller closes them."""
    found = [api.api.running.connect() for _ in range(SESSIONS)]
    assert all(echoes(client, b"0") for client in found)
    return found


# "The whole server dies on values its API accepted"


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("slicer", {"average_size": 10, "size_variation": 11}),
        ("slicer", {"average_size": 0, "size_variation": 1}),
        ("slicer", {"average_size": -1}),
        ("bandwidth", {"rate": -1}),
        ("latency", {"jitter": 1 << 62}),
        ("latency", {"latency": -1}),
        ("limit_data", {"bytes": -1}),
    ],
)
def test_values_that_could_do_harm_are_refused(echo: Dialect, kind: str, attributes: Any) -> None:
    status, message = echo.error("POST", "/proxies/default/toxics", {"type": kind, "attributes": attributes})
    assert status == 400 and message.startswith("attributes") and "expected " in message
    with echo.api.running.connect() as client:
        assert echoes(client)


def test_a_slicer_with_its_defaults_passes_everything_on(echo: Dialect) -> None:
    echo.toxic("slicer", "default")
    with echo.api.running.connect() as client:
        assert echoes(client, b"x" * 10_000)


# "reset_peer sends FIN, not RST, on connections that were open …"


def test_reset_peer_resets_the_sessions_that_are_open_already(echo: Dialect) -> None:
    with echo.api.running.connect() as client:
        assert echoes(client)
        echo.toxic("reset_peer", "default", stream="upstream")
        client.sendall(b"x")
        assert how_it_ends(client) == "reset"


def test_reset_peer_without_toxicity_resets_nobody(echo: Dialect) -> None:
    echo.toxic("reset_peer", "default", toxicity=0)
    for _ in range(5):
        with echo.api.running.connect() as client:
            assert echoes(client)
            client.shutdown(socket.SHUT_WR)
            assert how_it_ends(client) == "end"


def test_reset_peer_is_removed_at_once(echo: Dialect) -> None:
    echo.toxic("reset_peer", "default", stream="upstream", timeout=900_000)
    with echo.api.running.connect() as client:
        client.sendall(b"x")
        echo.api.running.wait_until(lambda: any(s.received(True) for s in echo.api.running.proxy.sessions.values()))
        assert echo.say("DELETE", "/proxies/default/toxics/reset_peer_upstream").status == 204
        assert receive_exactly(client, 1) == b"x"


# "toxicity is drawn again for every open connection when any toxic of the chain changes"


def test_who_is_spared_stays_spared_whatever_else_changes(echo: Dialect) -> None:
    toxics = "/proxies/default/toxics"
    clients = crowd(echo)
    try:
        echo.toxic("bandwidth", "default", stream="upstream", toxicity=0.5)
        for client in clients:
            client.sendall(b"1")
        spared = answered(echo, clients, SESSIONS * 2)
        assert 0 < len(spared) < SESSIONS
        echo.toxic("noop", "default", stream="upstream")
        echo.say("PATCH", f"{toxics}/noop_upstream", {"toxicity": 0.5})
        echo.say("PATCH", f"{toxics}/bandwidth_upstream", {"attributes": {"rate": 0, "shared": True}})
        echo.say("DELETE", f"{toxics}/noop_upstream")
        for client in clients:
            client.sendall(b"2")
        assert answered(echo, clients, SESSIONS * 3) == spared
        echo.say("DELETE", f"{toxics}/bandwidth_upstream")
        for place, client in enumerate(clients):
            if place not in spared:
                assert receive_exactly(client, 2) == b"12"  # stalled, and not lost
    finally:
        for client in clients:
            client.close()


def answered(api: Dialect, clients: list[socket.socket], sent: int) -> set[int]:
    """Whose last byte is echoed, when all that was sent has come to the proxy and nothing is under way."""
    running = api.api.running

    def settled() -> bool:
        totals = running.proxy.totals_now()
        return totals["received_to_backend"] == sent and totals["bytes_to_backend"] == totals["bytes_to_client"]

    running.wait_until(settled, "echoes")
    found = set()
    for place, client in enumerate(clients):
        if select.select([client], [], [], 0)[0]:
            assert len(client.recv(10)) == 1
            found.add(place)
    return found


# "Removing a timeout toxic closes connections it had spared"


def test_removing_a_timeout_closes_only_those_that_it_held(echo: Dialect) -> None:
    echo.toxic("timeout", "default", stream="upstream", toxicity=0.5)
    clients = [echo.api.running.connect() for _ in range(SESSIONS)]
    try:
        for client in clients:
            client.sendall(b"x")
        running = echo.api.running
        running.wait_until(lambda: running.proxy.totals_now()["received_to_backend"] == SESSIONS)
        assert echo.say("DELETE", "/proxies/default/toxics/timeout_upstream").status == 204
        said = [client.recv(1) for client in clients]  # the spared have their echo, the others the end
        assert {*said} == {b"x", b""}
        assert all(echoes(client) for client, first in zip(clients, said, strict=True) if first)
    finally:
        for client in clients:
            client.close()


# "bandwidth is per connection only"


@pytest.mark.parametrize("shared", [False, True])
def test_bandwidth_can_be_one_for_all_sessions(echo: Dialect, shared: bool) -> None:
    echo.toxic("bandwidth", "default", stream="upstream", rate=100, shared=shared)
    clients = [echo.api.running.connect() for _ in range(4)]
    try:
        start = time.monotonic()
        for client in clients:
            client.sendall(b"x" * 10_000)
        for client in clients:
            receive_exactly(client, 10_000)
        assert time.monotonic() - start >= (0.39 if shared else 0.09)
    finally:
        for client in clients:
            client.close()


# "Packet loss"


def test_packets_can_be_lost(echo: Dialect) -> None:
    echo.toxic("packet_loss", "default", stream="upstream", loss_rate=1, correlation=0)
    with echo.api.running.connect() as client:
        client.sendall(b"lost")
        running = echo.api.running
        running.wait_until(lambda: running.proxy.totals_now()["received_to_backend"] == 4)
        echo.say("DELETE", "/proxies/default/toxics/packet_loss_upstream")
        assert echoes(client, b"found")
