"""How a call of a handler can end: what it returns, what it raises, that it reads nothing."""

import logging
import time

import pytest

from tests.handlers.conftest import Errors
from tests.handlers.tools import (
    CLOSED,
    ask,
    handled,
    same,
    seed_for,
    until_end,
    wait_handled,
    wait_no_session,
    witnesses,
)
from tests.running import running

OWN = "tests.handlers.own"


# what a call returns


@pytest.mark.parametrize("value", ["None", "True", "0", "''", "'no'"])
def test_anything_but_false_goes_on(value: str) -> None:
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.Verdict", {"verdict.returns": value}) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"one") == b"one"
        assert ask(client, b"two") == b"two"
        assert handled(daemon, "verdict") == [2, 2]


def test_false_ends_the_session() -> None:
    options = {"verdict.returns": "False", "verdict.direction": "to_client"}
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.Verdict", options) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"one")
        assert until_end(client) == (b"one", CLOSED)
        assert server.witness().wait_end() == (b"one", CLOSED)
        wait_no_session(daemon)


@pytest.mark.parametrize("which", ["client", "backend"])
def test_a_socket_that_a_handler_closes_ends_the_session(which: str) -> None:
    with (
        witnesses() as server,
        running(server.address, f"100:{OWN}.Closing", {"closing.which": which}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client)[0] == b""
        assert server.witness().wait_end() == (b"", CLOSED)
        wait_no_session(daemon)


# what a call raises


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("ZeroDivisionError('oh')", "ZeroDivisionError"),
        ("SystemExit(3)", "SystemExit"),
        ("gevent.Timeout(1)", "Timeout"),
        ("ConnectionResetError('made up')", "ConnectionResetError"),
        ("AssertionError", "AssertionError"),
    ],
)
@pytest.mark.parametrize("to_backend", [True, False])
def test_an_exception_ends_its_session_and_is_logged(error: str, said: str, to_backend: bool, errors: Errors) -> None:
    direction = "to_backend" if to_backend else "to_client"
    options = {"raising.error": error, "raising.direction": direction}
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.Raising", options) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client)[0] == b""
        assert server.witness().wait_end()[0] == (b"" if to_backend else b"hello")
        wait_no_session(daemon)
        assert daemon.proxy.counters.errors == 1
    (record,) = errors()
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"handler raising raised {said}"
    assert (record.proxy, record.session) == ("default", 1)  # type: ignore[attr-defined]
    assert record.arrow == ("->" if to_backend else "<-")  # type: ignore[attr-defined]
    assert record.exc_info
    assert record.exc_info[2]


def test_the_others_do_not_notice_an_exception(errors: Errors) -> None:
    calm = dict.fromkeys([(1, True, 1), (1, True, 2), *((2, True, call) for call in range(1, 6))], False)
    seed = seed_for({(1, True, 3): True, **calm})
    options = {"raising.direction": "to_backend"}
    with (
        witnesses(same) as server,
        running(server.address, f"50:{OWN}.Raising", options, seed=seed) as daemon,
        daemon.connect() as one,
        daemon.connect() as other,
    ):
        for _ in range(2):
            assert ask(one, b"hello") == b"hello"
            assert ask(other, b"hello") == b"hello"
        one.sendall(b"hello")
        assert until_end(one)[0] == b""
        for _ in range(3):
            assert ask(other, b"hello") == b"hello"
    assert len(errors()) == 1


def test_a_call_that_reads_nothing_leaves_the_data_to_the_next() -> None:
    """Half of the calls do nothing at all; the other half relay what waits, so all arrives."""
    with (
        witnesses(same) as server,
        running(server.address, f"50:{OWN}.Unread", seed=1) as daemon,
        daemon.connect() as client,
    ):
        for number in range(20):
            question = b"number %d" % number
            assert ask(client, question) == question
        assert sum(handled(daemon, "unread")) > 0


def test_a_handler_that_never_reads_keeps_neither_a_core_busy_nor_a_session_alive() -> None:
    with witnesses() as server, running(server.address, f"100:{OWN}.Unread") as daemon:
        with daemon.connect() as client:
            start = time.monotonic()
            client.sendall(b"hello")
            wait_handled(daemon, "unread", count=6)
            assert time.monotonic() - start >= 5 * 0.02 * 0.9  # by the event loop's clock
        assert server.witness().wait_end() == (b"", CLOSED)
        wait_no_session(daemon)
