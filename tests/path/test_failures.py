"""An exception in a handler ends that session, is logged, and disturbs nobody else."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent import GreenletExit

from tests import peers
from tests.path.tools import SCRIPTED, how_it_ends, pass_on, script, send_and_end, wait_in_greenlet, wait_no_sessions
from tests.peers import receive_exactly
from tests.running import DEADLINE, running

BYSTANDER = b"b"


class OwnBase(BaseException):
    """As far from `Exception` as a user's mistake can be."""


RAISED = [
    ValueError("on purpose"),
    KeyError("on purpose"),
    SystemExit(3),
    gevent.Timeout(1),
    OwnBase("on purpose"),
    AssertionError(),
    OSError(5, "on purpose"),
    ConnectionResetError("of another connection than the session's"),
    StopIteration(),
    TimeoutError(),
    RecursionError(),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "on purpose"),
    GeneratorExit(),
]


def errors(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


def talk(client: socket.socket) -> None:
    """A session that nothing is wrong with: three questions, three echoes."""
    for _ in range(3):
        client.sendall(BYSTANDER)
        assert receive_exactly(client, 1) == BYSTANDER


def failing(act: Callable[[Any, Any, bool], Any]) -> Callable[[Any, Any, bool], Any]:
    """A script that lets `act` work on all calls but a bystander's."""

    def handle(client_sock: Any, backend_sock: Any, to_backend: bool) -> Any:
        source = client_sock if to_backend else backend_sock
        if source.recv(1, socket.MSG_PEEK) == BYSTANDER:
            return pass_on(client_sock, backend_sock, to_backend)
        return act(client_sock, backend_sock, to_backend)

    return handle


@pytest.mark.parametrize("exc", RAISED, ids=lambda exc: type(exc).__name__)
@pytest.mark.parametrize("to_backend", [True, False], ids=["to_backend", "to_client"])
def test_an_exception_in_a_handler(exc: BaseException, to_backend: bool, caplog: pytest.LogCaptureFixture) -> None:
    def act(client_sock: Any, backend_sock: Any, direction: bool) -> None:
        if direction == to_backend:
            raise exc
        pass_on(client_sock, backend_sock, direction)

    with (
        script(failing(act)),
        peers.backend(peers.echo) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as bystander,
        daemon.connect() as client,
    ):
        talk(bystander)
        client.sendall(b"q")
        assert how_it_ends(client) == "end"
        talk(bystander)
        assert daemon.do(lambda: list(daemon.proxy.sessions)) == [1]
        assert daemon.do(lambda: daemon.proxy.counters.errors) == 1
    (record,) = errors(caplog)
    assert record.getMessage() == f"handler scripted raised {type(exc).__name__}"
    assert record.levelno == logging.ERROR
    assert (record.__dict__["proxy"], record.__dict__["session"]) == ("default", 2)
    assert record.__dict__["arrow"] == ("->" if to_backend else "<-")
    assert record.exc_info is not None
    assert record.exc_info[1] is exc
    assert record.exc_info[2] is not None


def test_an_exception_after_the_client_was_answered_in_part(caplog: pytest.LogCaptureFixture) -> None:
    """What the handler had sent still arrives before the end."""

    def act(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        client_sock.sendall(b"half an ans")
        raise ValueError

    with (
        script(act),
        peers.backend(peers.echo) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"question")
        assert receive_exactly(client, 11) == b"half an ans"
        assert how_it_ends(client) == "end"
    assert len(errors(caplog)) == 1


def test_a_handler_that_is_killed(caplog: pytest.LogCaptureFixture) -> None:
    """`GreenletExit` ends the session too, but is no error."""

    def act(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        raise GreenletExit

    with (
        script(failing(act)),
        peers.backend(peers.echo) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as bystander,
        daemon.connect() as client,
    ):
        client.sendall(b"q")
        assert how_it_ends(client) == "end"
        talk(bystander)
    assert not errors(caplog)


def test_a_peer_that_leaves_is_no_error_of_the_handler(caplog: pytest.LogCaptureFixture) -> None:
    """The handler writes to a client that has gone, and gets `OSError`: no news for the log."""
    inside, go_on = threading.Event(), threading.Event()

    def act(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        inside.set()
        wait_in_greenlet(go_on)
        client_sock.sendall(b"x")
        while True:
            client_sock.sendall(bytes(100_000))

    with (
        script(act),
        peers.backend(peers.echo) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"q")
        assert inside.wait(DEADLINE)
        client.close()
        go_on.set()
        wait_no_sessions(daemon)
    assert not errors(caplog)


def test_an_error_of_the_handler_s_own_though_the_client_has_ended(caplog: pytest.LogCaptureFixture) -> None:
    """A client that has said all is still there: that the handler cannot reach something else is news."""

    def act(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "of a connection that the handler opens")

    with (
        script(act),
        peers.backend(peers.echo) as backend,
        running(backend.address, SCRIPTED) as daemon,
        daemon.connect() as client,
    ):
        send_and_end(client, b"question")
        assert how_it_ends(client) == "end"
    assert [record.getMessage() for record in errors(caplog)] == ["handler scripted raised ConnectionRefusedError"]
