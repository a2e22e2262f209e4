"""The contract of handlers: the class alone, and what a call gives them."""

import time
from functools import partial
from typing import Any

import pytest

from tests.handlers.tools import ask, in_call, same, witnesses
from tests.peers import receive_exactly
from tests.running import running
from vaurien.handlers import BUILT_IN, HANDLERS, BaseHandler
from vaurien.match import Match
from vaurien.options import DIRECTIONS, Option, shown

OWN = "tests.handlers.own"


# the class alone


class Sized(BaseHandler):
    """Something with an option."""

    name = "sized"
    options = {"size": ("How big", int, 3), "loud": Option("How loud", float, 0.5, minimum=0)}


def test_a_handler_can_be_made_without_a_proxy_and_has_its_defaults() -> None:
    handler = Sized()
    assert handler.options("size") == handler.options["size"] == handler.option("size") == 3
    assert dict(handler.options) == {"size": 3, "loud": 0.5, "direction": "both", "match": Match()}
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
    def slept(proxy: Any, seconds: float) -> float:
        handler = Sized(proxy=proxy)
        start = time.monotonic()
        handler.sleep(seconds)
        return time.monotonic() - start

    with running(("127.0.0.1", 1)) as daemon:
        for seconds in (-1.0, 0.0, 0.001, 0.0037, 0.02):
            assert daemon.do(partial(slept, daemon.proxy, seconds)) >= seconds


@pytest.mark.parametrize("handler", BUILT_IN, ids=lambda handler: handler.name)
def test_each_that_is_built_in_is_documented_and_complete(handler: type[BaseHandler]) -> None:
    assert HANDLERS.find(handler.name, "") is handler
    assert handler.__doc__
    assert handler.__module__ == f"vaurien.handlers.{handler.name}"
    assert handler.options["direction"].choices == DIRECTIONS
    for option in handler.options.values():
        assert option.description
        assert option.convert(shown(option.default)) == option.default


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


def test_who_speaks_first_does_not_matter() -> None:
    with (
        witnesses() as server,
        running(server.address, f"100:{OWN}.Marking") as daemon,
        daemon.connect() as client,
    ):
        server.witness().sock.sendall(b"welcome")
        assert receive_exactly(client, 8) == b"mwelcome"
