"""A peer that leaves by TLS while nobody reads what it has said is seen to leave, as without TLS."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from tests.path.tools import wait_no_sessions
from tests.running import DEADLINE
from tests.tls.files import Files
from tests.tls.speaker import Speaker
from tests.tls.test_tunnel import between, client_of, lost

MUCH = bytes(300_000)
"""More than the session's end of a tunnel takes before somebody reads there, and less than both of its ends hold."""


def say_much(speaker: Any, reset: bool) -> None:
    """Leaves behind what it has said."""
    speaker.sendall(MUCH)
    if reset:
        lost(speaker)
    else:
        speaker.shutdown(socket.SHUT_WR)


def unread(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    """A handler that never reads."""


def held(session: Any) -> bool:
    """Whether nobody reads from its peers."""
    return bool(session.flows) and all(flow.held for flow in session.flows)


@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
def test_a_client_that_leaves_a_hang_behind_what_it_has_said(files: Files, reset: bool) -> None:
    with (
        between(files, "client", lambda sock: sock.recv(1), "100:hang") as (daemon, _),
        client_of(daemon, files, "client") as client,
    ):
        say_much(client, reset)
        wait_no_sessions(daemon)


@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
def test_a_backend_that_leaves_a_hang_behind_what_it_has_said(files: Files, reset: bool) -> None:
    hangs = threading.Event()

    def serve(speaker: Speaker) -> None:
        assert hangs.wait(DEADLINE)
        say_much(speaker, reset)
        if not reset:
            speaker.sock.settimeout(DEADLINE)
            speaker.recv(1)

    with (
        between(files, "backend", serve, "100:hang") as (daemon, _),
        client_of(daemon, files, "backend") as client,
    ):
        client.sendall(b"hello")
        daemon.wait_until(lambda: 1 in daemon.proxy.sessions and held(daemon.proxy.sessions[1]), "the hang")
        hangs.set()
        wait_no_sessions(daemon)


@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
@pytest.mark.parametrize("side", ["client", "backend"])
def test_a_peer_that_leaves_behind_what_no_handler_reads(files: Files, side: str, reset: bool) -> None:
    came, over = threading.Event(), threading.Event()

    def serve(peer: Any) -> None:
        assert came.wait(DEADLINE)
        if side == "backend":
            say_much(peer, reset)
        assert over.wait(DEADLINE)

    with (
        between(files, side, serve, f"100:{__name__}.unread") as (daemon, _),
        client_of(daemon, files, side) as client,
    ):
        daemon.wait_until(lambda: 1 in daemon.proxy.sessions and daemon.proxy.sessions[1].flows, "the session")
        came.set()
        if side == "client":
            say_much(client, reset)
        wait_no_sessions(daemon)
        assert daemon.proxy.counters.ended == {f"{side} left, and no handler read what it said": 1}
        over.set()
