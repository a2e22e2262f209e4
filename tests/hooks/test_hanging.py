"""A hook that hangs holds its own session alone, and is ended with it, or at shutdown."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent.event import Event

from tests.handlers.tools import RESET, SLACK, ask, same, until_end, wait_no_session, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import ALL, RAISING, Notes, hook, hooked
from tests.path.tools import reset
from tests.peers import backend, receive_exactly
from vaurien import perform
from vaurien.call import Call
from vaurien.hooks import Hook, Message, Reply

BY_CALL = ("on_route", "before", "incoming", "outgoing", "after", "on_error")
ASKED = ("session_started", "backend_connected", *BY_CALL)
"""All but the end of the session, when there is nothing left to be ended."""


def hanging(point: str, notes: Notes, wait: Callable[[], object], once: bool = True) -> Hook:
    """A hook that waits at a point of the first session, in its first call to the backend."""

    def hang(told: Any, *rest: Any) -> Any:
        if getattr(told, "to_backend", True) and not (once and notes):
            notes.note("waits")
            try:
                wait()
            finally:
                notes.note("ended")
        return told if isinstance(told, Message) else None

    return hook("hangs", **{point: hang})


def forever() -> None:
    Event().wait()


def behavior_for(point: str) -> str:
    """Something that fails, where only an error brings the point about."""
    return f"100:{RAISING}" if point == "on_error" else ""


@pytest.mark.parametrize("point", ASKED)
def test_it_is_ended_at_shutdown(point: str) -> None:
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, hanging(point, notes, forever), behavior=behavior_for(point)) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        notes.wait(1)
        start = time.monotonic()
        daemon.stop()
        assert time.monotonic() - start < SLACK
        assert list(notes) == ["waits", "ended"]


def test_shutdown_does_not_wait_longer_than_it_may() -> None:
    """A session whose hook hangs is one that has not finished: it is cut when the time is over."""
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, hanging("before", notes, forever), shutdown_timeout=0.3) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        notes.wait(1)
        start = time.monotonic()
        daemon.stop()
        assert 0.3 <= time.monotonic() - start < 0.3 + SLACK
        assert list(notes) == ["waits", "ended"]


@pytest.mark.parametrize("point", BY_CALL)
def test_it_is_ended_with_its_session(point: str) -> None:
    """The backend resets its connection, which the other flow sees."""
    notes = Notes()

    def serve(sock: socket.socket) -> None:
        notes.wait(1)
        reset(sock)

    with (
        backend(serve) as server,
        hooked(server.address, hanging(point, notes, forever), behavior=behavior_for(point)) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client) == (b"", RESET)
        notes.wait(2)
        wait_no_session(daemon)
        daemon.wait_until(lambda: not daemon.proxy.killed, "the end of the call")


@pytest.mark.parametrize("point", ALL)
def test_it_holds_only_its_own_session(point: str, errors: Errors) -> None:
    """Others come, are served and go while it waits; then its own goes on as if nothing had been."""
    notes, go = Notes(), threading.Event()

    def wait() -> None:
        while not go.is_set():
            gevent.sleep(0.001)

    with witnesses(same) as server, hooked(server.address, hanging(point, notes, wait)) as daemon:
        if point == "on_error":
            once = hook(on_route=lambda call: setattr(call, "handler", RAISING) if not notes else None)
            daemon.proxy.hooks.add(once)
        with daemon.connect() as held:
            held.sendall(b"hello")
            if point == "session_ended":
                held.shutdown(socket.SHUT_WR)
            notes.wait(1)
            for _ in range(3):
                with daemon.connect() as client:
                    assert ask(client, b"quick") == b"quick"
                    assert ask(client, b"again") == b"again"
            assert list(notes) == ["waits"]
            go.set()
            if point != "on_error":
                assert receive_exactly(held, 5) == b"hello"
        notes.wait(2)
        wait_no_session(daemon)
    assert len(errors()) == (point == "on_error")


@pytest.mark.parametrize("point", ["on_route", "before", "incoming", "outgoing", "after"])
def test_the_other_flow_of_the_session_goes_on(point: str) -> None:
    """While a hook waits in a call to the backend, what the backend says reaches the client."""
    notes, go = Notes(), threading.Event()

    def wait() -> None:
        while not go.is_set():
            gevent.sleep(0.001)

    def talk(sock: socket.socket) -> None:
        for _ in range(3):
            notes.wait(1)
            sock.sendall(b"meanwhile")
        go.set()
        receive_exactly(sock, 5)
        sock.sendall(b"done")

    with (
        backend(talk) as server,
        hooked(server.address, hanging(point, notes, wait)) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert receive_exactly(client, 31) == b"meanwhile" * 3 + b"done"


def test_hooks_of_many_sessions_wait_at_once() -> None:
    """Fifty sessions whose hook sleeps do so together, not one after the other."""
    pause = 0.2
    sleeping = hook(before=lambda call: gevent.sleep(pause) if call.to_backend else None)
    with witnesses(same) as server, hooked(server.address, sleeping) as daemon:
        clients = [daemon.connect() for _ in range(50)]
        start = time.monotonic()
        for client in clients:
            client.sendall(b"hello")
        for client in clients:
            assert receive_exactly(client, 5) == b"hello"
            client.close()
        assert pause <= time.monotonic() - start < 50 * pause


def test_after_has_time_to_clean_up_when_a_call_is_cut(errors: Errors) -> None:
    """The call is killed, but `after` may still block: here it tells somebody."""
    notes = Notes()

    def tell(call: Any) -> None:
        gevent.sleep(0.05)
        notes.note(("told", type(call.error).__name__))

    with (
        witnesses(same) as server,
        hooked(server.address, hook(after=tell), behavior="100:hang") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        daemon.wait_until(lambda: daemon.proxy.handlers["hang"].calls[True])
        daemon.do(daemon.daemon.cut)
        assert notes.wait(1) == [("told", "GreenletExit")]
    assert not errors()


# several that hang


def test_two_that_hang_in_after_of_a_call_that_was_cut(monkeypatch: pytest.MonkeyPatch, errors: Errors) -> None:
    """Each has its time, and is logged by name when it is over."""
    monkeypatch.setattr(perform, "PATIENCE", 0.1)
    notes = Notes()

    def hang(call: Call) -> None:
        notes.note("waits")
        forever()

    hooks = [hook("one", after=hang), hook("two", after=hang), hook("three", after=lambda call: notes.note("told"))]
    with (
        witnesses(same) as server,
        hooked(server.address, *hooks, behavior="100:hang") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        daemon.wait_until(lambda: daemon.proxy.handlers["hang"].calls[True])
        daemon.do(daemon.daemon.cut)
        daemon.wait_until(lambda: not daemon.proxy.killed, "the end of the call")
        assert list(notes) == ["told", "waits", "waits"]
    assert [record.getMessage() for record in errors()] == ["hook two raised in after", "hook one raised in after"]


def test_one_that_hangs_in_on_error_and_in_after(monkeypatch: pytest.MonkeyPatch, errors: Errors) -> None:
    monkeypatch.setattr(perform, "PATIENCE", 0.1)
    notes = Notes()

    def hang(call: Call, *exc: BaseException) -> None:
        notes.note("waits")
        forever()

    with (
        witnesses(same) as server,
        hooked(server.address, hook("both", on_error=hang, after=hang), behavior=f"100:{RAISING}") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        notes.wait(1)
        daemon.do(daemon.daemon.cut)
        daemon.wait_until(lambda: not daemon.proxy.killed, "the end of the call")
        assert list(notes) == ["waits", "waits"]
    assert [record.getMessage() for record in errors()] == ["hook both raised in after"]


@pytest.mark.parametrize("point", ["after", "session_ended"])
def test_one_that_hangs_when_all_is_over_is_ended_at_shutdown(point: str, errors: Errors) -> None:
    """In `after` of a call that shutdown has cut, and in `session_ended`, which nothing follows."""
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, hanging(point, notes, forever), behavior="100:hang") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        daemon.wait_until(lambda: daemon.proxy.handlers["hang"].calls[True])
        start = time.monotonic()
        daemon.stop()
        assert time.monotonic() - start < 2 * SLACK
        assert list(notes) == ["waits", "ended"]
    assert not errors()


@pytest.mark.parametrize("point", ["session_started", "backend_connected", "before"])
def test_a_reply_that_the_client_does_not_read_is_ended_at_shutdown(point: str) -> None:
    replying = hook(**{point: lambda told: Reply(b"R" * (8 << 20))})
    with witnesses(same) as server, hooked(server.address, replying) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        daemon.wait_until(lambda: any(session.bytes(False) for session in daemon.proxy.sessions.values()))
        start = time.monotonic()
        daemon.stop()
        assert time.monotonic() - start < SLACK
        assert not daemon.proxy.sessions
