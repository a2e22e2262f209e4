"""A reset on one side is a reset on the other, and an end in good order is none."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

import pytest

from tests import peers
from tests.path.ending import Ending
from tests.path.tools import (
    WAYS,
    Way,
    body,
    how_it_ends,
    reset,
    together,
    wait_no_sessions,
)
from tests.peers import receive_all, receive_exactly
from tests.running import DEADLINE, running

all_ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@all_ways
def test_the_client_resets(way: Way) -> None:
    ending = Ending()
    with peers.backend(ending) as backend, running(backend.address, *way) as daemon:
        client = daemon.connect()
        receive_exactly(client, 5)
        client.sendall(b"something")
        reset(client)
        wait_no_sessions(daemon)
        assert ending.seen.get(timeout=DEADLINE) == "reset"


@all_ways
def test_the_client_closes(way: Way) -> None:
    """The contrast: an orderly end must not come out as a reset."""
    ending = Ending()
    with peers.backend(ending) as backend, running(backend.address, *way) as daemon:
        with daemon.connect() as client:
            receive_exactly(client, 5)
            client.sendall(b"something")
        wait_no_sessions(daemon)
        assert ending.seen.get(timeout=DEADLINE) == "end"


@all_ways
def test_the_backend_resets(way: Way) -> None:
    def serve(sock: socket.socket) -> None:
        receive_exactly(sock, 9)
        reset(sock)

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        client.sendall(b"something")
        assert how_it_ends(client) == "reset"
        wait_no_sessions(daemon)


@all_ways
def test_the_backend_closes(way: Way) -> None:
    def serve(sock: socket.socket) -> None:
        receive_exactly(sock, 9)

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        client.sendall(b"something")
        assert how_it_ends(client) == "end"
        client.close()
        wait_no_sessions(daemon)


@all_ways
def test_the_client_resets_in_the_middle_of_an_answer(way: Way) -> None:
    """It has read a part; the rest waits in the proxy and in the backend, which must not wait for ever."""
    seen: SimpleQueue[Any] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        try:
            while True:
                sock.sendall(body(65536))
        except (ConnectionResetError, BrokenPipeError):
            seen.put("left")

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon:
        client = daemon.connect()
        receive_exactly(client, 300_000)
        reset(client)
        wait_no_sessions(daemon)
        assert seen.get(timeout=DEADLINE) == "left"


@all_ways
def test_the_backend_resets_in_the_middle_of_a_question(way: Way) -> None:
    def serve(sock: socket.socket) -> None:
        receive_exactly(sock, 300_000)
        reset(sock)

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            client.sendall(bytes(100_000_000))
        wait_no_sessions(daemon)


@all_ways
def test_the_backend_resets_after_the_client_has_ended(way: Way) -> None:
    def serve(sock: socket.socket) -> None:
        receive_all(sock)
        reset(sock)

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert how_it_ends(client) == "reset"
        wait_no_sessions(daemon)


@all_ways
def test_the_client_resets_after_the_backend_has_ended(way: Way) -> None:
    seen: SimpleQueue[Any] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        sock.shutdown(socket.SHUT_WR)
        seen.put(how_it_ends(sock))

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon:
        client = daemon.connect()
        assert client.recv(1) == b""
        reset(client)
        wait_no_sessions(daemon)
        assert seen.get(timeout=DEADLINE) == "reset"


def test_an_answer_that_came_before_the_reset_still_arrives() -> None:
    """A backend that answers early and leaves, with the rest of the question unread, sends a reset after its answer."""

    def serve(sock: socket.socket) -> None:
        receive_exactly(sock, 100_000)
        sock.sendall(b"too large")
        answered.wait(DEADLINE)
        reset(sock)

    answered = threading.Event()
    with peers.backend(serve) as backend, running(backend.address) as daemon, daemon.connect() as client:
        client.sendall(body(100_000))
        assert receive_exactly(client, 9) == b"too large"
        answered.set()
        assert how_it_ends(client) == "reset"


def test_the_client_resets_while_a_handler_works() -> None:
    """The handler is not disturbed: what it has is passed on, and only then comes the reset."""
    seen: SimpleQueue[Any] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        seen.put(receive_exactly(sock, 8))
        seen.put(how_it_ends(sock))

    way = ("100:delay", {"delay.sleep": 0.3})
    with peers.backend(serve) as backend, running(backend.address, *way) as daemon:
        client = daemon.connect()
        client.sendall(b"question")
        daemon.wait_until(lambda: [session.counts for session in daemon.proxy.sessions.values()] == [{"delay": 1}])
        reset(client)
        assert seen.get(timeout=DEADLINE) == b"question"
        assert seen.get(timeout=DEADLINE) == "reset"
        wait_no_sessions(daemon)


def test_an_answer_is_not_lost_when_the_question_s_rest_is() -> None:
    """The backend answers and leaves in the middle of a large question, while a handler still has the answer."""

    def serve(sock: socket.socket) -> None:
        receive_exactly(sock, 100_000)
        sock.sendall(b"too large")
        reset(sock)

    def send_what_it_takes(client: socket.socket) -> None:
        with suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(bytes(50_000_000))

    way = ("100:delay", {"delay.sleep": 0.3, "delay.direction": "to_client"})
    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        _, answer = together(lambda: send_what_it_takes(client), lambda: receive_exactly(client, 9))
        assert answer == b"too large"
        wait_no_sessions(daemon)
