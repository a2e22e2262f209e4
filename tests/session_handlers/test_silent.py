"""``silent``: the client is accepted, and nothing is ever said to it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from tests.path.tools import LARGE, body, how_it_ends, reset
from tests.peers import Backend
from tests.running import DEADLINE
from tests.session_handlers.tools import beginning, ended, wait_entering


def closes(client: socket.socket) -> None:
    client.close()


def half_closes(client: socket.socket) -> None:
    client.shutdown(socket.SHUT_WR)
    assert how_it_ends(client) == "end"


WAYS: list[Callable[[socket.socket], None]] = [closes, half_closes, reset]


@pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("said", [b"", b"question", body(LARGE)], ids=["nothing", "little", "much"])
def test_it_lasts_until_the_client_leaves(
    echo_backend: Backend, said: bytes, leave: Callable[[socket.socket], None]
) -> None:
    with beginning(echo_backend.address, "100:silent") as daemon, daemon.connect() as client:
        client.sendall(said)
        wait_entering(daemon)
        leave(client)
        assert ended(daemon) == {"client left during silent": 1}
    assert not echo_backend.sessions


def test_nothing_is_said_and_the_connection_is_closed_when_the_time_is_over(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:silent", {"silent.time": 0.2}) as daemon, daemon.connect() as client:
        start = time.monotonic()
        client.sendall(b"question")
        assert client.recv(1) == b""
        assert 0.2 <= time.monotonic() - start < DEADLINE
        assert ended(daemon) == {"ended by silent": 1}


def test_a_client_that_never_stops_talking_keeps_nobody_from_his_turn(echo_backend: Backend) -> None:
    def talk(client: socket.socket) -> None:
        while True:
            client.sendall(bytes(100_000))

    with beginning(echo_backend.address, "100:silent", {"silent.time": 0.3}) as daemon, daemon.connect() as client:
        with pytest.raises(ConnectionError):
            talk(client)
        assert ended(daemon) == {"ended by silent": 1}


def test_many_are_silent_at_the_same_time(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:silent", shutdown_timeout=0) as daemon:
        clients = [daemon.connect() for _ in range(50)]
        wait_entering(daemon, 50)
        for client in clients:
            client.close()
        assert ended(daemon) == {"client left during silent": 50}


def test_a_shutdown_ends_it(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:silent") as daemon, daemon.connect() as client:
        wait_entering(daemon)
        daemon.stop()
        assert how_it_ends(client) == "end"
