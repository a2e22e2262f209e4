"""A handler that has ended one direction of a connection itself: the end of the other is still no reset."""

from __future__ import annotations

import socket
from queue import SimpleQueue

from tests import peers
from tests.path.tools import how_it_ends, wait_no_sessions
from tests.peers import receive_all, receive_exactly
from tests.running import DEADLINE, running


def test_the_backend_ends_after_a_handler_has_ended_the_way_to_it() -> None:
    def serve(sock: socket.socket) -> None:
        assert receive_all(sock) == b"question"
        sock.sendall(b"answer")

    with peers.backend(serve) as backend, running(backend.address, "100:half_close") as daemon:
        with daemon.connect() as client:
            client.sendall(b"question")
            assert receive_exactly(client, 6) == b"answer"
            assert how_it_ends(client) == "end"
        wait_no_sessions(daemon)


def test_the_client_ends_after_a_handler_has_ended_the_way_to_it() -> None:
    seen: SimpleQueue[str] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        sock.sendall(receive_exactly(sock, 8))
        seen.put(how_it_ends(sock))

    options = {"half_close.direction": "to_client"}
    with peers.backend(serve) as backend, running(backend.address, "100:half_close", options) as daemon:
        with daemon.connect() as client:
            client.sendall(b"question")
            assert receive_all(client) == b"question"
        assert seen.get(timeout=DEADLINE) == "end"
        wait_no_sessions(daemon)


def test_a_handler_ends_the_way_to_a_client_that_has_ended() -> None:
    """What the backend says from then on is read, and goes nowhere: it is not reset."""
    seen: SimpleQueue[str] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        assert receive_all(sock) == b"question"
        sock.sendall(b"answer")
        for _ in range(100):
            sock.sendall(bytes(100_000))
        seen.put("all said")

    options = {"half_close.direction": "to_client"}
    with peers.backend(serve) as backend, running(backend.address, "100:half_close", options) as daemon:
        with daemon.connect() as client:
            client.sendall(b"question")
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client).startswith(b"answer")
            assert seen.get(timeout=DEADLINE) == "all said"
        wait_no_sessions(daemon)
