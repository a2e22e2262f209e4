"""The daemon stops: nobody new is accepted, sessions have `shutdown_timeout` to finish, and are cut then."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import gevent
import pytest

from tests import peers
from tests.path.tools import SCRIPTED, how_it_ends, pass_on, script, wait_in_greenlet
from tests.peers import Backend, receive_all, receive_exactly
from tests.running import DEADLINE, Running, running


@contextmanager
def stopping(daemon: Running) -> Iterator[threading.Thread]:
    """Has the daemon stop meanwhile; the block begins when it no longer accepts. Waits for it at the end."""
    door = daemon.proxy.door
    thread = threading.Thread(target=daemon.stop, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + DEADLINE
        while not door.closed:
            assert time.monotonic() < deadline, "it goes on listening"
        yield thread
    finally:
        thread.join(DEADLINE)
        assert not thread.is_alive()


def test_nobody_new_is_accepted(echo_backend: Backend) -> None:
    with running(echo_backend.address, shutdown_timeout=DEADLINE) as daemon, daemon.connect() as client:
        address = daemon.address
        daemon.wait_until(lambda: daemon.proxy.sessions)  # else its own connection is one of those not accepted
        with stopping(daemon), socket.socket() as late:
            with pytest.raises(ConnectionRefusedError):
                late.connect(address)
            client.sendall(b"x")
            assert receive_exactly(client, 1) == b"x"
            client.close()


def test_sessions_may_finish(echo_backend: Backend) -> None:
    """They go on as long as they want to, within the timeout; the daemon does not wait longer than they need."""
    with running(echo_backend.address, shutdown_timeout=DEADLINE) as daemon, daemon.connect() as client:
        client.sendall(b"x")
        assert receive_exactly(client, 1) == b"x"
        started = time.monotonic()
        with stopping(daemon) as thread:
            for _ in range(10):
                client.sendall(b"y")
                assert receive_exactly(client, 1) == b"y"
            assert thread.is_alive()
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
        assert time.monotonic() - started < DEADLINE / 2


def test_large_bodies_may_finish() -> None:
    sent = bytes(20_000_000)
    begun = threading.Event()

    def serve(sock: socket.socket) -> None:
        receive_exactly(sock, 1)
        begun.set()
        sock.sendall(sent)

    with (
        peers.backend(serve) as backend,
        running(backend.address, shutdown_timeout=DEADLINE) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"x")
        assert begun.wait(DEADLINE)
        with stopping(daemon):
            assert len(receive_all(client)) == len(sent)
            client.close()


def test_a_call_may_finish(echo_backend: Backend) -> None:
    with (
        running(echo_backend.address, "100:delay", {"delay.sleep": 0.3}, shutdown_timeout=DEADLINE) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"late")
        daemon.wait_until(lambda: any(session.counts for session in daemon.proxy.sessions.values()))
        with stopping(daemon):
            assert receive_exactly(client, 4) == b"late"
            client.close()


@pytest.mark.parametrize("behavior", ["100:dummy", "100:hang"])
def test_sessions_that_stay_are_cut(behavior: str, echo_backend: Backend) -> None:
    """Not before the timeout is over."""
    with running(echo_backend.address, behavior, shutdown_timeout=0.4) as daemon, ExitStack() as stack:
        clients = [stack.enter_context(daemon.connect()) for _ in range(5)]
        for client in clients:
            client.sendall(b"x")
        daemon.wait_until(lambda: sum(s.calls(True) for s in daemon.proxy.sessions.values()) == 5)
        started = time.monotonic()
        with stopping(daemon):
            assert {how_it_ends(client) for client in clients} <= {"end", "reset"}
        assert 0.35 < time.monotonic() - started < DEADLINE / 2


def test_stuck_streams_are_cut() -> None:
    """Neither side reads: bytes wait in the daemon, and are dropped with their sessions."""

    def serve(sock: socket.socket) -> None:
        sock.sendall(bytes(50_000_000))

    with (
        peers.backend(serve) as backend,
        running(backend.address, shutdown_timeout=0.1) as daemon,
        daemon.connect() as client,
    ):
        daemon.wait_until(lambda: any(s.flows and s.flows[False].pending for s in daemon.proxy.sessions.values()))
        with stopping(daemon):
            pass
        assert how_it_ends(client) in ("end", "reset")


def test_a_handler_that_hangs_is_killed(echo_backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    """It learns of it, by `GreenletExit`, before the daemon is gone; that is no error."""
    outcomes: list[str] = []
    inside = threading.Event()

    def hang(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        inside.set()
        try:
            gevent.sleep(1000)
        except gevent.GreenletExit:
            outcomes.append("killed")
            raise
        finally:
            outcomes.append("cleaned up")

    with (
        script(hang),
        running(echo_backend.address, SCRIPTED, shutdown_timeout=0.1) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"x")
        assert inside.wait(DEADLINE)
        with stopping(daemon):
            pass
    assert outcomes == ["killed", "cleaned up"]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_handler_that_will_not_go(echo_backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    """One that catches even that does not keep the daemon: it is left behind, and the log says so."""
    inside, leave = threading.Event(), threading.Event()

    def stay(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        inside.set()
        while not leave.is_set():
            try:
                gevent.sleep(0.01)
            except gevent.GreenletExit:
                pass

    with script(stay), running(echo_backend.address, SCRIPTED) as daemon, daemon.connect() as client:
        client.sendall(b"x")
        assert inside.wait(DEADLINE)
        with stopping(daemon):
            pass
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert "left behind" in errors[0]


def test_sessions_wait_for_the_slowest_of_several_calls(echo_backend: Backend) -> None:
    """Both flows of a session are at work when the daemon is told to stop: neither call is cut short."""
    both: list[bool] = []
    go_on = threading.Event()

    def hold(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        both.append(to_backend)
        wait_in_greenlet(go_on)
        pass_on(client_sock, backend_sock, to_backend)

    def greet(sock: socket.socket) -> None:
        sock.sendall(b"!")
        peers.echo(sock)

    with (
        script(hold),
        peers.backend(greet) as backend,
        running(backend.address, SCRIPTED, shutdown_timeout=DEADLINE) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"x")
        daemon.wait_until(lambda: len(both) == 2)
        with stopping(daemon):
            go_on.set()
            assert receive_exactly(client, 2) == b"!x"
            client.close()
