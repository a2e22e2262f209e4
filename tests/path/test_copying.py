"""Where bytes cannot be spliced, or not yet, they are copied: the same arrive, and a full destination stops them."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.path.tools import body, send_and_end, together, wait_no_sessions
from tests.peers import receive_all
from tests.running import DEADLINE, Running, running
from vaurien import pipes


def no_splice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system that has none."""
    monkeypatch.setattr(pipes, "CAN_SPLICE", False)


def no_splice_for_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the kernel has one that does not take these descriptors."""

    def refuse(*args: Any, **kwargs: Any) -> int:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "splice", refuse)


def no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with no descriptor left."""

    def refuse(flags: int) -> tuple[int, int]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "pipe2", refuse)


def small_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the user's share of pipe buffers used up: this one is spliced, in small pieces."""

    def refuse(*args: Any) -> int:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(pipes.fcntl, "fcntl", refuse)


LACKS = [no_splice, no_splice_for_sockets, no_pipe, small_pipes]


@pytest.mark.parametrize("lack", LACKS, ids=lambda lack: lack.__name__)
@pytest.mark.parametrize("family", ["tcp", "unix"])
def test_large_bodies_both_ways(
    family: str, lack: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both peers send all before either reads, as far as the buffers go: every direction gets stuck on the way."""
    lack(monkeypatch)
    questions, answers = body(8_000_000, seed=1), body(8_000_000, seed=2)
    with listener_of(family, tmp_path) as listener, through(listener, family, tmp_path) as daemon:
        with daemon.connect() as client, listener.accept()[0] as backend:
            backend.settimeout(DEADLINE)
            _, _, heard, answered = together(
                lambda: send_and_end(client, questions),
                lambda: send_and_end(backend, answers),
                lambda: receive_all_slowly(backend, daemon),
                lambda: receive_all_slowly(client, daemon),
            )
        wait_no_sessions(daemon)
    assert heard == questions
    assert answered == answers


@pytest.mark.parametrize("family", ["tcp", "unix"])
def test_small_pieces_to_a_full_destination(family: str, tmp_path: Path) -> None:
    """No read fills its buffer, so that nothing is spliced; the destination reads nothing until all is stuck."""
    pieces = [body(7_001, seed) for seed in range(3000)]
    with (
        listener_of(family, tmp_path) as listener,
        through(listener, family, tmp_path) as daemon,
        daemon.connect() as client,
        listener.accept()[0] as backend,
    ):
        backend.settimeout(DEADLINE)
        sent = b""
        daemon.wait_until(lambda: daemon.proxy.sessions[1].flows)
        flow = daemon.proxy.sessions[1].flows[True]
        for piece in pieces:
            client.sendall(piece)
            sent += piece
            daemon.wait_until(lambda: flow.pending or flow.bytes == len(sent))  # noqa: B023
            if flow.pending:
                break
        assert flow.pending
        assert isinstance(flow.pending, memoryview)
        _, heard = together(lambda: send_and_end(client, b"the end"), lambda: receive_all(backend))
        assert heard == sent + b"the end"


def listener_of(family: str, folder: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX if family == "unix" else socket.AF_INET)
    listener.bind(str(folder / "backend") if family == "unix" else ("127.0.0.1", 0))
    listener.listen()
    listener.settimeout(DEADLINE)
    return listener


def through(listener: socket.socket, family: str, folder: Path) -> AbstractContextManager[Running]:
    if family == "unix":
        return running(f"unix:{folder}/backend", local=f"unix:{folder}/proxy")
    return running(listener.getsockname())


def receive_all_slowly(sock: socket.socket, daemon: Running) -> bytes:
    """Everything, but not before something is stuck in the daemon."""
    sessions = daemon.proxy.sessions
    daemon.wait_until(lambda: any(flow.pending for session in sessions.values() for flow in session.flows))
    return receive_all(sock)
