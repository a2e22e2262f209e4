"""hang: silent."""

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.handlers.tools import (
    CLOSED,
    RESET,
    Witnesses,
    handled,
    same,
    until_end,
    wait_handled,
    wait_no_session,
    witnesses,
)
from tests.running import Running, running
from vaurien.closing import reset

HUGE = 64_000_000
"""More than all the buffers between two peers on this machine hold."""


@contextmanager
def hanging(server: Witnesses, direction: str = "to_backend") -> Iterator[tuple[Running, socket.socket]]:
    """A session in which nothing happens any more since its client has said hello."""
    with running(server.address, "100:hang", {"hang.direction": direction}) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        wait_handled(daemon, "hang", direction != "to_client")
        flows = daemon.proxy.sessions[1].flows
        daemon.wait_until(lambda: all(flow.held for flow in flows), "the hang")
        yield daemon, client


def stuffed(sock: socket.socket) -> int:
    """How many bytes `sock` takes before it has no more room, and finds none for a while."""
    sock.setblocking(False)
    sent = 0
    while sent < HUGE and select.select([], [sock], [], 0.3)[1]:
        sent += sock.send(bytes(65536))
    sock.settimeout(10)
    return sent


def test_what_was_sent_is_taken_and_goes_nowhere() -> None:
    with witnesses() as server, hanging(server) as (daemon, client):
        assert client.getsockname()  # still open
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end() == (b"", CLOSED)
        assert handled(daemon, "hang") == [0, 1]
        wait_no_session(daemon)


def test_the_kernel_looks_whether_silent_peers_are_still_there() -> None:
    """A machine that vanishes closes nothing."""
    with witnesses() as server, hanging(server) as (daemon, _):
        session = daemon.proxy.sessions[1]
        for sock in (session.client, session.backend):
            assert sock is not None and sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            if hasattr(socket, "TCP_KEEPIDLE"):
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30


def test_nothing_goes_to_the_client_either() -> None:
    with witnesses() as server, hanging(server) as (_, client):
        server.witness().sock.sendall(b"unasked")
        client.shutdown(socket.SHUT_WR)  # what would have gone through stands before the end
        assert until_end(client) == (b"", CLOSED)


def test_a_client_that_goes_on_sending_is_stopped_by_full_buffers() -> None:
    with witnesses() as server, hanging(server) as (daemon, client):
        assert stuffed(client) < HUGE
        assert daemon.proxy.sessions[1].bytes(True) == 0
        assert daemon.proxy.sessions[1].calls(True) == 1
        reset(client)  # an orderly close would stand behind what it has sent, and come no further than that
        assert server.witness().wait_end() == (b"", RESET)


def test_a_backend_that_goes_on_sending_is_stopped_too() -> None:
    with witnesses() as server, hanging(server) as (daemon, client):
        assert stuffed(server.witness().sock) < HUGE
        assert daemon.proxy.sessions[1].bytes(False) == 0
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"", CLOSED)


def test_the_session_ends_when_the_client_closes() -> None:
    with witnesses() as server, hanging(server) as (daemon, client):
        client.close()
        assert server.witness().wait_end() == (b"", CLOSED)
        wait_no_session(daemon)


def test_the_session_ends_when_the_client_resets() -> None:
    with witnesses() as server, hanging(server) as (daemon, client):
        reset(client)
        assert server.witness().wait_end() == (b"", RESET)
        wait_no_session(daemon)


def test_the_session_ends_when_the_backend_closes() -> None:
    with witnesses(stays=True) as server, hanging(server) as (daemon, client):
        server.witness().sock.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"", CLOSED)
        wait_no_session(daemon)


def test_the_session_ends_when_the_backend_resets() -> None:
    with witnesses(stays=True) as server, hanging(server) as (daemon, client):
        sock = server.witness().sock
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.shutdown(socket.SHUT_RD)  # wakes the witness, who closes and thereby resets
        server.leave.set()
        assert until_end(client) == (b"", RESET)
        wait_no_session(daemon)


def test_a_stop_of_the_daemon_ends_it() -> None:
    with witnesses() as server:
        with hanging(server) as (daemon, client):
            daemon.stop()
            assert until_end(client)[0] == b""
        assert server.witness().wait_end()[0] == b""


def test_many_that_hang_leave_nothing() -> None:
    with witnesses() as server, running(server.address, "100:hang") as daemon:
        clients = [daemon.connect() for _ in range(20)]
        for client in clients:
            client.sendall(b"hello")
        wait_handled(daemon, "hang", count=20)
        for number, client in enumerate(clients):
            if number % 2:
                reset(client)
            client.close()
        wait_no_session(daemon)
        ends = {server.witness(number + 1).wait_end()[0] for number in range(20)}
        assert ends == {b""}


@pytest.mark.parametrize("direction", ["to_client", "both"])
def test_direction_says_whose_bytes_are_the_last(direction: str) -> None:
    with witnesses(same) as server, hanging(server, direction) as (daemon, client):
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"", CLOSED)
        heard = b"hello" if direction == "to_client" else b""
        assert server.witness().wait_end() == (heard, CLOSED)
        assert handled(daemon, "hang") == [direction == "to_client", direction == "both"]
