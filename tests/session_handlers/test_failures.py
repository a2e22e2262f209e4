"""A session handler that raises resets its session, is logged by name, and disturbs nobody else."""

from __future__ import annotations

import socket
from typing import Any

import gevent
import pytest
from gevent import GreenletExit

from tests.handlers.conftest import Errors
from tests.path.test_failures import RAISED
from tests.path.tools import fate_of_a_client, how_it_ends
from tests.peers import Backend, receive_exactly
from tests.session_handlers.tools import SCRIPTED, beginning, ended, script


def only(ordinal: int, act: Any) -> Any:
    """A script that lets `act` have one session, and all others go on."""
    return lambda handler, session: act(session) if session.ordinal == ordinal else None


def talk(client: socket.socket) -> None:
    client.sendall(b"b")
    assert receive_exactly(client, 1) == b"b"


@pytest.mark.parametrize("exc", RAISED, ids=lambda exc: type(exc).__name__)
def test_an_exception(exc: BaseException, echo_backend: Backend, errors: Errors) -> None:
    def act(session: Any) -> None:
        session.client_sock.recv(1)
        raise exc

    with script(only(2, act)), beginning(echo_backend.address, SCRIPTED) as daemon, daemon.connect() as bystander:
        talk(bystander)
        with daemon.connect() as client:
            client.sendall(b"q")
            assert how_it_ends(client) == "reset"
        talk(bystander)
        assert daemon.do(lambda: daemon.proxy.counters.errors) == 1
        bystander.close()
        assert ended(daemon) == {"client closed": 1, "error in session handler scripted": 1}
    (record,) = errors()
    assert record.getMessage() == f"session handler scripted raised {type(exc).__name__}"
    assert (record.__dict__["proxy"], record.__dict__["session"]) == ("default", 2)
    assert record.exc_info is not None and record.exc_info[1] is exc
    assert len(echo_backend.sessions) == 1


def test_one_that_is_killed_ends_its_session_and_is_no_error(echo_backend: Backend) -> None:
    def act(session: Any) -> None:
        raise GreenletExit

    with script(only(1, act)), beginning(echo_backend.address, SCRIPTED) as daemon:
        with daemon.connect() as client:
            assert how_it_ends(client) == "end"
        with daemon.connect() as client:
            talk(client)
        assert ended(daemon) == {"killed": 1, "client closed": 1}


def test_a_client_that_leaves_while_it_is_written_to_is_no_error(echo_backend: Backend) -> None:
    def act(session: Any) -> None:
        while True:
            session.client_sock.sendall(bytes(100_000))

    with script(only(1, act)), beginning(echo_backend.address, SCRIPTED) as daemon:
        with daemon.connect() as client:
            receive_exactly(client, 1000)
        assert ended(daemon) == {"client left during scripted": 1}


def test_one_that_writes_to_what_it_has_closed_is_no_error(echo_backend: Backend) -> None:
    def act(session: Any) -> None:
        session.close_client()
        session.client_sock.sendall(b"x")

    with script(only(1, act)), beginning(echo_backend.address, SCRIPTED) as daemon:
        with daemon.connect() as client:
            assert how_it_ends(client) == "end"
        assert ended(daemon) == {"ended by scripted": 1}


def test_the_backend_that_is_not_there_yet_says_so(echo_backend: Backend, errors: Errors) -> None:
    def act(session: Any) -> None:
        assert session.backend_sock

    with script(only(1, act)), beginning(echo_backend.address, SCRIPTED) as daemon:
        assert fate_of_a_client(daemon) == "reset"
    (record,) = errors()
    assert record.getMessage() == "session handler scripted raised AttributeError"


def test_one_that_goes_on_after_its_session_has_ended_is_left_alone(echo_backend: Backend) -> None:
    """A session that is cut kills it; one that does not let itself be killed has nothing more to say."""
    let_go: list[Any] = []

    def act(session: Any) -> None:
        try:
            gevent.sleep(60)
        except GreenletExit:
            let_go.append(session.ordinal)

    with script(only(1, act)), beginning(echo_backend.address, SCRIPTED) as daemon, daemon.connect() as client:
        daemon.wait_until(lambda: any(session.entering for session in daemon.proxy.sessions.values()))
        daemon.do(lambda: daemon.proxy.cut("cut by the test"))
        assert how_it_ends(client) == "end"
        assert ended(daemon) == {"cut by the test": 1}
        daemon.wait_until(lambda: bool(let_go))
    assert not echo_backend.sessions
