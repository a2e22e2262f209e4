"""Whatever a hook raises, and whomever it answers: the session ends at most, and the daemon goes on."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from tests.handlers.tools import CLOSED, RESET, ask, same, until_end, wait_no_session, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import ALL, RAISING, Notes, hook, hooked, noting
from tests.path.tools import reset
from tests.running import Running
from vaurien.hooks import Hook, Message, Reply

FATAL: list[BaseException] = [
    BaseException("anything"),
    SystemExit(3),
    gevent.Timeout(1),
    GeneratorExit(),
    asyncio.CancelledError(),
    MemoryError(),
    KeyboardInterrupt(),
]
STARTING = ("session_started", "backend_connected")
TOLD = ("after", "on_error", "session_ended")
"""The points at which what a hook raises is logged, and no more."""


def raising(point: str, error: BaseException) -> Hook:
    """A hook that raises once, in the first session."""
    raised: list[object] = []

    def fail(told: Any, *rest: Any) -> Any:
        if raised:
            return told if isinstance(told, Message) else None
        raised.append(told)
        if point in STARTING:
            told.client_sock.recv(1, socket.MSG_PEEK)  # its connect has returned: a reset comes after that
        raise error

    return hook("raises", **{point: fail})


def assert_served(daemon: Running) -> None:
    with daemon.connect() as client:
        assert ask(client, b"again") == b"again"
    wait_no_session(daemon)


@pytest.mark.parametrize("error", FATAL, ids=[type(error).__name__ for error in FATAL])
@pytest.mark.parametrize("point", ALL)
def test_what_no_handler_catches_ends_the_session_at_most(point: str, error: BaseException, errors: Errors) -> None:
    notes = Notes()
    others = noting(notes, "other", ("session_ended",))
    once = hook("once", on_route=lambda call: setattr(call, "handler", RAISING) if not notes else None)
    hooks = [others, raising(point, error), *([once] if point == "on_error" else [])]
    with witnesses(same) as server, hooked(server.address, *hooks) as daemon:
        with daemon.connect() as client:
            client.sendall(b"hello")
            if point in ("after", "session_ended"):
                assert client.recv(5) == b"hello"
            else:
                assert until_end(client) == (b"", RESET if point in STARTING else CLOSED)
        notes.wait(1)
        assert_served(daemon)
    expected = [f"hook raises raised in {point}" if point in TOLD else f"hook raises in {point} raised"]
    expected += ["handler tests.handlers.own.Raising raised ZeroDivisionError"] * (point == "on_error")
    logged = [record.getMessage() for record in errors()]
    assert len(logged) == len(expected)
    assert all(said.startswith(start) for said, start in zip(logged, expected, strict=True)), logged
    assert errors()[0].exc_info[1] is error  # type: ignore[index]


@pytest.mark.parametrize("point", TOLD)
def test_all_others_run_though_several_raise(point: str, errors: Errors) -> None:
    notes = Notes()
    failing = [raising(point, ZeroDivisionError(str(number))) for number in range(2)]
    hooks = [noting(notes, "one", (point,)), failing[0], noting(notes, "two", (point,)), failing[1]]
    with witnesses(same) as server, hooked(server.address, *hooks, behavior=f"100:{RAISING}") as daemon:
        with daemon.connect() as client:
            client.sendall(b"hello")
            assert until_end(client) == (b"", CLOSED)
        assert notes.wait(2) == [f"two.{point}", f"one.{point}"]
        wait_no_session(daemon)
    raised = [record for record in errors() if record.getMessage() == f"hook raises raised in {point}"]
    assert [str(record.exc_info[1]) for record in raised if record.exc_info] == ["1", "0"]


# answering one who has gone


def gone(notes: Notes, answer: Reply) -> Callable[..., Any]:
    """A claim that waits until the client of the session has gone, and then answers it."""

    def claim(told: Any, *rest: Any) -> Reply | None:
        session = getattr(told, "session", told)
        if session.ordinal > 1:
            return None
        notes.note("waits")
        while not session.someone_left():
            gevent.sleep(0.001)
        return answer

    return claim


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize("leave", [socket.socket.close, reset], ids=["closes", "resets"])
@pytest.mark.parametrize("point", ["session_started", "backend_connected", "before", "on_error"])
def test_an_answer_to_a_client_that_has_gone(
    point: str, leave: Callable[[socket.socket], None], large: bool, errors: Errors
) -> None:
    notes = Notes()
    answer = Reply(b"R" * (4 << 20) if large else b"R")
    once = hook("once", on_route=lambda call: setattr(call, "handler", RAISING) if len(notes) < 2 else None)
    with witnesses(same) as server, hooked(server.address) as daemon:
        if point == "on_error":
            daemon.proxy.hooks.add(once)
        daemon.proxy.hooks.on(point, gone(notes, answer))
        client = daemon.connect()
        if point not in STARTING:
            client.sendall(b"hello")
        notes.wait(1)
        leave(client)
        wait_no_session(daemon)
        notes.note("gone")
        assert_served(daemon)
    assert not errors(), "that a peer has left is nobody's fault"
