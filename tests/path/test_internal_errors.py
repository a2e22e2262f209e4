"""An exception in the engine itself, in a callback of the event loop, is logged with its session and ends it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests import peers
from tests.path.tools import (
    DELAY_TO_BACKEND,
    DUMMY,
    LARGE,
    PASSING_TO_BACKEND,
    Way,
    fate_of_a_client,
    how_it_ends,
    wait_no_sessions,
)
from tests.peers import receive_exactly
from tests.running import Running, running
from vaurien import dial
from vaurien.flow import Flow
from vaurien.relay import Relay

VICTIM = 2
PAUSED: Way = ("100:delay", {"delay.sleep": 0.01, "delay.direction": "to_backend"})
"""The session in which it goes wrong."""


def break_for_victim(monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> None:
    """Makes a method of the flows raise in the victim's session."""
    original: Callable[..., Any] = getattr(owner, method)

    def broken(self: Flow, *args: Any) -> Any:
        if self.session.ordinal == VICTIM:
            raise RuntimeError("on purpose")
        return original(self, *args)

    monkeypatch.setattr(owner, method, broken)


def check_victim_only(daemon: Running, caplog: pytest.LogCaptureFixture, use: Callable[[socket.socket], None]) -> None:
    """Has two sessions: the second is used, fails and is logged, the first does not notice."""
    with daemon.connect() as bystander, daemon.connect() as victim:
        daemon.wait_until(lambda: len(daemon.proxy.sessions) == 2)
        use(victim)
        assert how_it_ends(victim) in ("end", "reset")
        daemon.wait_until(lambda: list(daemon.proxy.sessions) == [1])
        for _ in range(3):
            bystander.sendall(b"x")
            assert receive_exactly(bystander, 1) == b"x"
    wait_no_sessions(daemon)
    check_logged(caplog)
    assert daemon.daemon.shared.pipes.taken == 0


def check_logged(caplog: pytest.LogCaptureFixture) -> None:
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert (record.__dict__["proxy"], record.__dict__["session"]) == ("default", VICTIM)
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], RuntimeError)


@pytest.mark.parametrize("way", [DUMMY, DELAY_TO_BACKEND, PASSING_TO_BACKEND], ids=["dummy", "delay", "passing"])
@pytest.mark.parametrize("method", ["source_ended", "relay"])
def test_in_a_read(way: Way, method: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def use(victim: socket.socket) -> None:
        victim.sendall(b"question")
        victim.shutdown(socket.SHUT_WR)

    break_for_victim(monkeypatch, Flow, method)
    with peers.backend(peers.echo) as backend, running(backend.address, *way) as daemon:
        check_victim_only(daemon, caplog, use)


BEFORE_A_CALL = [(PASSING_TO_BACKEND, method) for method in ("has_something", "identity", "start_call")]
IN_A_PAUSE = [(PAUSED, method) for method in ("pause", "relay_paused", "relay_copied")]


@pytest.mark.parametrize(("way", "method"), [*BEFORE_A_CALL, *IN_A_PAUSE])
def test_before_a_call_and_in_one_without_a_greenlet(
    way: Way, method: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_for_victim(monkeypatch, Flow, method)
    with peers.backend(peers.echo) as backend, running(backend.address, *way) as daemon:
        check_victim_only(daemon, caplog, lambda victim: victim.sendall(b"question"))


@pytest.mark.parametrize("method", ["relay_spliced", "write_pending", "wait_writable"])
def test_in_bulk(method: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """While a pipe is taken, and full: the victim reads nothing before."""

    def serve(sock: socket.socket) -> None:
        if sock.recv(1) == b"x":
            sock.sendall(b"x")
            peers.echo(sock)
        else:
            sock.sendall(bytes(5 * LARGE))

    def use(victim: socket.socket) -> None:
        victim.sendall(b"q")
        sessions = daemon.proxy.sessions
        daemon.wait_until(lambda: VICTIM not in sessions or sessions[VICTIM].flows[False].pending)

    break_for_victim(monkeypatch, Relay, method)
    with peers.backend(serve) as backend, running(backend.address) as daemon:
        check_victim_only(daemon, caplog, use)


@pytest.mark.parametrize(("owner", "method"), [(dial, "begin"), (Flow, "__init__")], ids=["before", "after"])
def test_in_a_connect(
    owner: Any, method: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original: Callable[..., Any] = getattr(owner, method)

    def broken(*args: Any) -> Any:
        if daemon.proxy.counters.opened == VICTIM:
            raise RuntimeError("on purpose")
        return original(*args)

    with peers.backend(peers.echo) as backend, running(backend.address) as daemon, daemon.connect() as bystander:
        daemon.wait_until(lambda: daemon.proxy.sessions)
        monkeypatch.setattr(owner, method, broken)
        assert fate_of_a_client(daemon) in ("end", "reset")
        bystander.sendall(b"x")
        assert receive_exactly(bystander, 1) == b"x"
        daemon.wait_until(lambda: list(daemon.proxy.sessions) == [1])
    check_logged(caplog)
