"""The contract of handlers: what they are given, what they return, what happens when they raise."""

import logging
import time
from functools import partial

import pytest

from tests.handlers.conftest import Errors
from tests.handlers.tools import (
    CLOSED,
    ask,
    handled,
    in_call,
    same,
    seed_for,
    until_end,
    wait_handled,
    wait_no_session,
    witnesses,
)
from tests.peers import receive_exactly
from tests.running import running
from vaurien.handlers import BUILT_IN, HANDLERS, BaseHandler
from vaurien.handlers.base import sleep
from vaurien.options import DIRECTIONS, Option

OWN = "tests.handlers.own"


# the class alone


class Sized(BaseHandler):
    """Something with an option."""

    name = "sized"
    options = {"size": ("How big", int, 3), "loud": Option("How loud", float, 0.5, minimum=0)}


def test_a_handler_can_be_made_without_a_proxy_and_has_its_defaults() -> None:
    handler = Sized()
    assert handler.options("size") == handler.options["size"] == handler.option("size") == 3
    assert dict(handler.options) == {"size": 3, "loud": 0.5, "direction": "both"}
    assert handler.settings is handler.options
    assert handler.proxy is None


def test_settings_win_over_defaults_and_must_be_declared() -> None:
    assert Sized({"size": 5}).option("size") == 5
    with pytest.raises(KeyError, match="colour"):
        Sized({"colour": "red"})
    with pytest.raises(KeyError, match="colour"):
        Sized().option("colour")


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("to_backend", [True, False])
def test_direction_says_what_it_acts_on(direction: str, to_backend: bool) -> None:
    handler = Sized({"direction": direction})
    assert handler.acts_on(to_backend) == (direction in ("both", "to_backend" if to_backend else "to_client"))


def test_the_base_does_nothing_and_says_so() -> None:
    with pytest.raises(NotImplementedError, match="'sized'"):
        Sized()(None, None, True)  # type: ignore[arg-type]


def test_there_is_no_call_outside_of_one() -> None:
    with pytest.raises(LookupError):
        _ = Sized().call
    assert in_call(lambda: Sized().call.ordinal, ordinal=4) == 4


def test_a_sleep_is_never_shorter_than_asked_for() -> None:
    def slept(seconds: float) -> float:
        start = time.monotonic()
        sleep(seconds)
        return time.monotonic() - start

    with running(("127.0.0.1", 1)) as daemon:
        for seconds in (-1.0, 0.0, 0.001, 0.0037, 0.02):
            assert daemon.do(partial(slept, seconds)) >= seconds


@pytest.mark.parametrize("handler", BUILT_IN, ids=lambda handler: handler.name)
def test_each_that_is_built_in_is_documented_and_complete(handler: type[BaseHandler]) -> None:
    assert HANDLERS.find(handler.name, "") is handler
    assert handler.__doc__
    assert handler.__module__ == f"vaurien.handlers.{handler.name}"
    assert handler.options["direction"].choices == DIRECTIONS
    for option in handler.options.values():
        assert option.description
        assert option.convert(str(option.default)) == option.default


def test_the_list_of_those_built_in_is_in_order() -> None:
    names = [handler.name for handler in BUILT_IN]
    assert names == sorted(set(names))
    assert set(names) <= set(HANDLERS.names())


# what a call gives


def test_a_call_knows_its_session_direction_ordinal_and_data() -> None:
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.Telling", seed=1) as daemon,
        daemon.connect() as one,
        daemon.connect() as other,
    ):
        assert ask(one, b"one") == b"one"
        assert ask(other, b"other") == b"other"
        assert ask(one, b"two") == b"two"
        told = daemon.proxy.handlers["telling"].act.told
        assert [(note["session"], note["to_backend"], note["ordinal"], note["data"]) for note in told] == [
            (1, True, 1, b"one"),
            (1, False, 1, b"one"),
            (2, True, 1, b"other"),
            (2, False, 1, b"other"),
            (1, True, 2, b"two"),
            (1, False, 2, b"two"),
        ]
        assert {note["handler"] for note in told} == {"telling"}
        assert {note["proxy"] for note in told} == {daemon.proxy}
        assert len({note["draw"] for note in told}) == 6


def test_the_sockets_are_those_of_gevent() -> None:
    import gevent.socket

    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.Telling") as daemon,
        daemon.connect() as client,
    ):
        ask(client, b"hello")
        for kinds in (note["sockets"] for note in daemon.proxy.handlers["telling"].act.told):
            assert all(issubclass(kind, gevent.socket.socket) for kind in kinds)


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
        assert daemon.proxy.errors == 1
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


def test_who_speaks_first_does_not_matter() -> None:
    with (
        witnesses() as server,
        running(server.address, f"100:{OWN}.Marking") as daemon,
        daemon.connect() as client,
    ):
        server.witness().sock.sendall(b"welcome")
        assert receive_exactly(client, 8) == b"mwelcome"
