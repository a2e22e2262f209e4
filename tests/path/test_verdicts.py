"""What a handler returns, and what it leaves unread."""

from __future__ import annotations

import logging
import socket
from queue import SimpleQueue
from typing import Any

import pytest

from tests import peers
from tests.path.tools import SCRIPTED, how_it_ends, pass_on, script, wait_no_sessions
from tests.peers import receive_exactly
from tests.running import DEADLINE, running


@pytest.mark.parametrize("verdict", [None, True, 0, "", []])
def test_what_a_handler_returns_lets_it_go_on(verdict: object) -> None:
    """Only `False` itself ends the session."""

    def act(client_sock: Any, backend_sock: Any, to_backend: bool) -> object:
        pass_on(client_sock, backend_sock, to_backend)
        return verdict

    with (
        script(act),
        peers.backend(peers.echo) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as client,
    ):
        for _ in range(3):
            client.sendall(b"x")
            assert receive_exactly(client, 1) == b"x"


@pytest.mark.parametrize("to_backend", [True, False], ids=["to_backend", "to_client"])
def test_a_handler_that_returns_false(to_backend: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The session ends in good order on both sides, with what the handler has sent."""
    ends: SimpleQueue[str] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        heard = sock.recv(100)
        if not to_backend:
            sock.sendall(heard)
        ends.put(how_it_ends(sock))

    def act(client_sock: Any, backend_sock: Any, direction: bool) -> bool:
        pass_on(client_sock, backend_sock, direction)
        return direction != to_backend

    with script(act), peers.backend(serve) as backend, running(backend.address, SCRIPTED) as daemon:
        with daemon.connect() as client:
            client.sendall(b"last")
            if not to_backend:
                assert receive_exactly(client, 4) == b"last"
            assert how_it_ends(client) == "end"
            assert ends.get(timeout=DEADLINE) == "end"
        wait_no_sessions(daemon)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_handler_that_reads_nothing_once() -> None:
    """What it has left is the next call's."""
    calls: SimpleQueue[int] = SimpleQueue()

    def act(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        if to_backend:
            calls.put(1)
            if calls.qsize() == 1:
                return
        pass_on(client_sock, backend_sock, to_backend)

    with (
        script(act),
        peers.backend(peers.echo) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"read at last")
        assert receive_exactly(client, 12) == b"read at last"
    assert calls.qsize() == 2


def test_a_handler_that_reads_a_part() -> None:
    """The rest is the next call's, and all arrives in order."""

    def act(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        if to_backend:
            backend_sock.sendall(client_sock.recv(3))
        else:
            pass_on(client_sock, backend_sock, to_backend)

    with (
        script(act),
        peers.backend(peers.echo) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"three by three.")
        assert receive_exactly(client, 15) == b"three by three."
