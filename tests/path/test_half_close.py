"""The end of the stream on one side ends it on the other, and the answer still arrives."""

from __future__ import annotations

import hashlib
import select
import socket
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tests import peers
from tests.path.tools import LARGE, WAYS, Way, body, send_and_end, together, wait_no_sessions
from tests.peers import receive_all, receive_exactly
from tests.running import DEADLINE, running

all_ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
sizes = pytest.mark.parametrize("size", [1, 65536, LARGE], ids=["small", "buffer", "large"])


@all_ways
@sizes
def test_the_backend_answers_after_the_client_has_ended(way: Way, size: int) -> None:
    question, answer = body(size, seed=1), body(size, seed=2)
    heard: SimpleQueue[Any] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        heard.put(receive_all(sock))
        sock.sendall(answer)

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        send_and_end(client, question)
        assert receive_all(client) == answer
        assert heard.get(timeout=DEADLINE) == question
        wait_no_sessions(daemon)


@all_ways
@sizes
def test_the_client_speaks_on_after_the_backend_has_ended(way: Way, size: int) -> None:
    greeting, reply = body(size, seed=1), body(size, seed=2)
    heard: SimpleQueue[Any] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        send_and_end(sock, greeting)
        heard.put(receive_all(sock))

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        assert receive_all(client) == greeting
        send_and_end(client, reply)
        assert heard.get(timeout=DEADLINE) == reply
        wait_no_sessions(daemon)


@all_ways
def test_both_end_at_once_with_much_under_way(way: Way) -> None:
    one, other = body(LARGE, seed=1), body(LARGE, seed=2)
    heard: SimpleQueue[Any] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        _, received = together(lambda: send_and_end(sock, other), lambda: receive_all(sock))
        heard.put(received)

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        _, received = together(lambda: send_and_end(client, one), lambda: receive_all(client))
        assert received == other
        assert heard.get(timeout=DEADLINE) == one
        wait_no_sessions(daemon)


@all_ways
def test_the_end_comes_after_all_that_a_slow_backend_has_yet_to_read(way: Way) -> None:
    """The client has said all and left for good before the backend reads its first byte."""
    question = body(LARGE)
    heard: SimpleQueue[Any] = SimpleQueue()

    go_on = threading.Event()

    def serve(sock: socket.socket) -> None:
        assert go_on.wait(DEADLINE)
        heard.put(hashlib.sha256(receive_all(sock)).digest())

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon:
        with daemon.connect() as client:
            sent = 0
            while sent < len(question) and select.select([], [client], [], 0 if sent == 0 else 0.2)[1]:
                sent += client.send(question[sent : sent + 65536])
        go_on.set()
        assert heard.get(timeout=DEADLINE) == hashlib.sha256(question[:sent]).digest()
    assert sent > 500_000  # else nothing had to wait


@all_ways
def test_the_end_alone_passes(way: Way) -> None:
    """A client that says nothing but the end, and then a backend likewise."""

    def serve(sock: socket.socket) -> None:
        assert sock.recv(1) == b""

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
        wait_no_sessions(daemon)


@all_ways
def test_nothing_ends_that_nobody_has_ended(way: Way) -> None:
    """After the client's end the other direction serves a conversation's worth of answers, one at a time."""
    heard_all, go_home = threading.Event(), threading.Event()

    def serve(sock: socket.socket) -> None:
        assert receive_all(sock) == b"question"
        heard_all.set()
        assert go_home.wait(DEADLINE)

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        send_and_end(client, b"question")
        assert heard_all.wait(DEADLINE)
        for number in range(20):
            backend.wait_session().sendall(b"%03d" % number)
            assert receive_exactly(client, 3) == b"%03d" % number
        assert len(daemon.proxy.sessions) == 1
        go_home.set()
        assert client.recv(1) == b""
        wait_no_sessions(daemon)


def test_through_unix_sockets(tmp_path: Path) -> None:
    question, answer = body(LARGE, seed=1), body(LARGE, seed=2)
    heard: SimpleQueue[Any] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        heard.put(receive_all(sock))
        sock.sendall(answer)

    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "backend"))
    listener.listen()
    with (
        peers.backend(serve, listener),
        running(f"unix:{tmp_path}/backend", local=f"unix:{tmp_path}/proxy") as daemon,
        daemon.connect() as client,
    ):
        send_and_end(client, question)
        assert receive_all(client) == answer
        assert heard.get(timeout=DEADLINE) == question
        wait_no_sessions(daemon)
