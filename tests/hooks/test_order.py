"""The order of hooks: by priority over all scopes together, equal ones as they were registered; reversed exactly."""

import random

import pytest

from tests.handlers.tools import CLOSED, ask, same, until_end, wait_no_session, witnesses
from tests.hooks import own
from tests.hooks.conftest import Errors
from tests.hooks.tools import ALL, Notes, add, hook, hooked, noting
from tests.running import Running
from vaurien.hooks import Hook, add_global
from vaurien.hooks.chain import Chain, Entry

OWN = "tests.hooks.own"
ORDER = [
    "proxy-first", "parent-early",  # their priorities
    "global", "configured", "proxy", "mixin", "parent-a", "common", "child",  # as they were registered
]  # fmt: skip
OF_THE_PROXY = ["proxy-first", "global", "configured", "proxy"]


def three_scopes(daemon: Running) -> None:
    """Hooks for all proxies, for this one in its settings and by program, and those of its handler."""
    add_global(own.told("global"))
    add(daemon, own.told("proxy"))
    add(daemon, own.told("proxy-first", 1))


def at(point: str, names: list[str]) -> list[str]:
    return [f"{name}.{point}" for name in names]


def test_three_scopes_and_the_hooks_of_an_inherited_handler_at_once(notes: Notes) -> None:
    with (
        witnesses(same) as server,
        hooked(server.address, behavior=f"100:{OWN}.Child", hooks=f"{OWN}.Configured") as daemon,
    ):
        three_scopes(daemon)
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
        wait_no_session(daemon)
        notes.wait_for("proxy-first.session_ended")
        assert list(notes) == [
            *at("on_route", OF_THE_PROXY),
            *at("before", ORDER),
            "child",
            *at("after", ORDER[::-1]),
            *at("session_ended", OF_THE_PROXY[::-1]),
        ]


def test_an_error_goes_backwards_through_all(notes: Notes, errors: Errors) -> None:
    with (
        witnesses(same) as server,
        hooked(server.address, behavior=f"100:{OWN}.Failing", hooks=f"{OWN}.Configured") as daemon,
    ):
        three_scopes(daemon)
        with daemon.connect() as client:
            client.sendall(b"hello")
            assert until_end(client) == (b"", CLOSED)
        notes.wait_for("proxy-first.session_ended")
        assert list(notes) == [
            *at("on_route", OF_THE_PROXY),
            *at("before", ORDER),
            *at("on_error", ORDER[::-1]),
            *at("after", ORDER[::-1]),
            *at("session_ended", OF_THE_PROXY[::-1]),
        ]
    assert [record.getMessage() for record in errors()] == ["handler failing raised ZeroDivisionError"]


@pytest.mark.parametrize("seed", range(3))
def test_equal_priorities_keep_the_order_of_registration(seed: int) -> None:
    priorities = [random.Random(seed).choice([1, 2, 2.5, 100, -3]) for _ in range(40)]
    hooks = [hook(str(number), priority, before=lambda call: None) for number, priority in enumerate(priorities)]
    ordered = [int(entry.name) for entry in Chain(map(Entry.of, hooks)).entries]
    assert ordered == sorted(range(40), key=lambda number: (priorities[number], number))


def test_the_priority_is_a_hundred_unless_told() -> None:
    class Plain(Hook):
        def before(self, call: object) -> None:
            pass

    class Duck:
        def before(self, call: object) -> None:
            pass

    assert Entry.of(Plain()).priority == Entry.of(Duck()).priority == 100
    assert Entry.of(Plain({"priority": 3.5})).priority == 3.5, "the option wins over the class"


def test_one_instance_in_two_scopes_is_called_once(notes: Notes) -> None:
    """It has the place in which it was registered first."""
    with witnesses(same) as server, hooked(server.address, behavior=f"100:{OWN}.Child") as daemon:
        add(daemon, own.COMMON)
        add(daemon, own.told("proxy"))
        add_global(own.COMMON)
        add(daemon, own.COMMON)
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
        notes.wait_for("common.session_ended")
    befores = [note for note in notes if note.endswith(".before")]
    assert befores == at("before", ["parent-early", "common", "proxy", "mixin", "parent-a", "child"])
    for point in own.ROUND:
        assert notes.count(f"common.{point}") == (point != "on_error")


def test_two_instances_of_one_class_are_both_called() -> None:
    notes = Notes()

    class Twice(Hook):
        def before(self, call: object) -> None:
            notes.note(id(self))

    one, other = Twice(), Twice()
    with witnesses(same) as server, hooked(server.address, one, other) as daemon, daemon.connect() as client:
        ask(client, b"hello")
        assert notes.wait(4) == [id(one), id(other)] * 2, "for the request and for the reply"


def test_the_points_of_one_session_follow_each_other(errors: Errors) -> None:
    """The whole story of a call to the backend and the reply, as one hook is told of it."""
    notes = Notes()
    with witnesses(same) as server, hooked(server.address, noting(notes, "x")) as daemon:
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
        notes.wait_for("x.session_ended")
    call = ["on_route", "before", "incoming", "outgoing", "after"]
    told = [note.removeprefix("x.") for note in notes]
    assert told[:2] == ["session_started", "backend_connected"]
    assert told[-1] == "session_ended"
    # The reply may be there before the request's `after` is told.
    assert sorted(told[2:-1]) == sorted(call * 2)
    assert told[2:6] == call[:4]
    assert set(told) == set(ALL) - {"on_error"}
    assert not errors()
