"""One flow waits for its handler while the other runs on."""

from __future__ import annotations

import select
import socket
import threading
import time
from queue import SimpleQueue
from typing import Any

import pytest

from tests import peers
from tests.path.tools import SCRIPTED, pass_on, script, wait_in_greenlet, wait_no_sessions
from tests.peers import receive_all, receive_exactly
from tests.running import DEADLINE, running

SLEEP = 0.5


def stay(sock: socket.socket) -> None:
    """A backend whose socket the test itself uses, until the client leaves."""
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP)
    poll.poll(DEADLINE * 3000)


def push_each_way(source: socket.socket, dest: socket.socket, times: int = 50) -> None:
    """One byte at a time, each sent after the one before has arrived."""
    for number in range(times):
        source.sendall(bytes([number]))
        assert receive_exactly(dest, 1) == bytes([number])


@pytest.mark.parametrize("held", ["to_backend", "to_client"])
def test_the_backend_pushes_while_the_request_is_delayed(held: str) -> None:
    options = {"delay.sleep": SLEEP, "delay.direction": held}
    with (
        peers.backend(stay) as backend,
        running(backend.address, "100:delay", options) as daemon,
        daemon.connect() as client,
    ):
        sock = backend.wait_session()
        source, dest = (client, sock) if held == "to_backend" else (sock, client)
        started = time.monotonic()
        source.sendall(b"held")
        push_each_way(dest, source)
        if time.monotonic() - started < SLEEP:  # else this machine was too busy to tell
            assert not select.select([dest], [], [], 0)[0], "it came though its delay is not over"
        assert receive_exactly(dest, 4) == b"held"
        assert time.monotonic() - started >= SLEEP


@pytest.mark.parametrize("held", [True, False], ids=["to_backend", "to_client"])
def test_one_flow_runs_on_while_a_handler_holds_the_other(held: bool) -> None:
    """Both flows have calls that a handler works on, at the same time; one call does not end before the test says."""
    held_now, go_on = threading.Event(), threading.Event()

    def hold(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        if to_backend == held:
            held_now.set()
            wait_in_greenlet(go_on)
        pass_on(client_sock, backend_sock, to_backend)

    with (
        script(hold),
        peers.backend(stay) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as client,
    ):
        sock = backend.wait_session()
        source, dest = (client, sock) if held else (sock, client)
        source.sendall(b"held")
        assert held_now.wait(DEADLINE)
        push_each_way(dest, source)
        assert not select.select([dest], [], [], 0)[0]
        go_on.set()
        assert receive_exactly(dest, 4) == b"held"


def test_the_other_flow_may_end_meanwhile() -> None:
    """The backend answers and ends its stream while the request's rest is held; the rest arrives all the same."""
    heard: SimpleQueue[bytes] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        sock.sendall(b"early answer")
        sock.shutdown(socket.SHUT_WR)
        heard.put(receive_all(sock))

    with peers.backend(serve) as backend, running(backend.address, "100:delay", {"delay.sleep": 0.2}) as daemon:
        with daemon.connect() as client:
            client.sendall(b"request")
            assert receive_all(client) == b"early answer"
            client.shutdown(socket.SHUT_WR)
            assert heard.get(timeout=DEADLINE) == b"request"
        wait_no_sessions(daemon)


def test_other_sessions_run_on() -> None:
    """Ten sessions are held at once; another, through the same proxy, talks on."""
    go_on = threading.Event()
    inside: SimpleQueue[bool] = SimpleQueue()

    def hold(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        if to_backend and client_sock.recv(1, socket.MSG_PEEK) == b"h":
            inside.put(True)
            wait_in_greenlet(go_on)
        pass_on(client_sock, backend_sock, to_backend)

    with script(hold), peers.backend(peers.echo) as backend, running(backend.address, SCRIPTED) as daemon:
        held = [daemon.connect() for _ in range(10)]
        for client in held:
            client.sendall(b"h")
        for _ in held:
            assert inside.get(timeout=DEADLINE)
        with daemon.connect() as client:
            for _ in range(20):
                client.sendall(b"x")
                assert receive_exactly(client, 1) == b"x"
        go_on.set()
        for client in held:
            assert receive_exactly(client, 1) == b"h"
            client.close()
