"""Registering hooks by program: for all proxies, for one, as functions, as decorators; taking them back; at any time."""

import threading
import weakref
from typing import Any

import pytest

from tests.handlers.tools import ask, same, witnesses
from tests.hooks.tools import ALL, Notes, add, hook, hooked, noting, rewriting
from tests.running import running
from vaurien.call import Call
from vaurien.errors import ConfigError
from vaurien.hooks import GLOBAL, Hook, add_global
from vaurien.hooks.scope import Scope

TWICE = ["x.before"] * 2
"""For a question and its answer."""


def test_for_all_proxies_those_that_are_there_and_those_that_come() -> None:
    notes = Notes()
    with witnesses(same) as server, hooked(server.address) as early:
        added = add_global(noting(notes, "x", ("before",)))
        with hooked(server.address) as late:
            for daemon in (early, late):
                with daemon.connect() as client:
                    assert ask(client, b"hello") == b"hello"
            assert list(notes) == TWICE * 2
            GLOBAL.remove(added)
            for daemon in (early, late):
                with daemon.connect() as client:
                    assert ask(client, b"hello") == b"hello"
    assert list(notes) == TWICE * 2


def test_for_one_proxy_only() -> None:
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, noting(notes, "x", ("before",))),
        running(server.address) as other,
        other.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        assert not notes


def test_adding_returns_the_hook() -> None:
    mine = hook(before=lambda call: None)
    assert Scope().add(mine) is mine
    assert add_global(mine) is mine


@pytest.mark.parametrize("point", ALL)
def test_any_object_with_a_method_for_a_point_is_a_hook(point: str) -> None:
    """It need not derive from `Hook`; it is named by its class, or as it names itself."""
    duck = type("Duck", (), {point: lambda self, *told: None})()
    scope = Scope()
    scope.add(duck)
    (entry,) = scope.entries
    assert (entry.name, entry.priority, list(entry.points)) == ("Duck", 100, [point])
    duck.name, duck.priority = "donald", 3  # type: ignore[attr-defined]
    named = Scope()
    named.add(duck)
    assert (named.entries[0].name, named.entries[0].priority) == ("donald", 3)


def test_an_object_without_the_base_is_called() -> None:
    class Duck:
        def __init__(self) -> None:
            self.calls: list[tuple[bool, int]] = []

        def before(self, call: Call) -> None:
            self.calls.append((call.to_backend, call.ordinal))

    duck = Duck()
    with witnesses(same) as server, hooked(server.address, duck) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        assert duck.calls == [(True, 1), (False, 1)]


@pytest.mark.parametrize("thing", [object(), 5, "before", None, Hook()], ids=lambda thing: type(thing).__name__)
def test_what_has_no_point_is_no_hook(thing: Any) -> None:
    scope = Scope()
    with pytest.raises(ConfigError) as raised:
        scope.add(thing)
    assert str(raised.value) == f"hook {type(thing).__name__}: has none of {', '.join(ALL)}"
    assert scope.entries == ()


def test_a_priority_that_is_no_number_is_refused() -> None:
    with pytest.raises(ConfigError, match="hook tested: its priority must be a number"):
        Scope().add(hook(priority="soon", before=lambda call: None))  # type: ignore[arg-type]


# functions


def test_a_function_listens_by_a_call() -> None:
    notes = Notes()

    def told(call: Call) -> None:
        notes.note((call.to_backend, call.ordinal))

    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:
        assert daemon.proxy.hooks.on("before", told) is told
        assert ask(client, b"hello") == b"hello"
        assert list(notes) == [(True, 1), (False, 1)]


def test_a_function_listens_by_a_decorator() -> None:
    notes = Notes()
    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:

        @daemon.proxy.hooks.on("before")
        def told(call: Call) -> None:
            notes.note("told")

        @daemon.proxy.hooks.on("before", priority=10)
        def first(call: Call) -> None:
            notes.note("first")

        assert ask(client, b"hello") == b"hello"
        assert list(notes) == ["first", "told"] * 2
        first(None)  # type: ignore[arg-type]
        assert notes[-1] == "first", "it is the function that it was"


@pytest.mark.parametrize("point", ALL)
def test_a_function_listens_at_each_point(point: str) -> None:
    """With objects between, by priority."""
    scope = Scope()
    scope.on(point, lambda *told: None, priority=30)
    scope.add(hook("object", 20, **{point: lambda *told: None}))
    assert [(list(entry.points), entry.priority) for entry in scope.entries] == [([point], 30), ([point], 20)]


def test_one_function_may_listen_at_several_points() -> None:
    notes = Notes()
    with witnesses(same) as server, hooked(server.address) as daemon:

        @daemon.proxy.hooks.on("session_started")
        @daemon.proxy.hooks.on("session_ended")
        def told(session: Any) -> None:
            notes.note(session.ordinal)

        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
        assert notes.wait(2) == [1, 1]


@pytest.mark.parametrize("scope", [Scope(), GLOBAL])
@pytest.mark.parametrize(
    ("point", "guess"), [("befor", "did you mean 'before'? "), ("on_rout", "did you mean 'on_route'? "), ("", "")]
)
def test_an_unknown_point_names_the_nearest(scope: Scope, point: str, guess: str) -> None:
    def told(call: Call) -> None:
        pass

    with pytest.raises(ConfigError) as raised:
        scope.on(point, told)
    assert str(raised.value) == (
        f"hook {told.__qualname__}: unknown point {point!r}; {guess}choose from {', '.join(sorted(ALL))}"
    )
    assert scope.entries == ()


# taking back, and at any time


def test_what_is_taken_back_is_not_called_any_more() -> None:
    notes = Notes()
    mine, other = noting(notes, "x", ("before",)), noting(notes, "y", ("before",))

    def told(call: Call) -> None:
        notes.note("told")

    with witnesses(same) as server, hooked(server.address, mine, other) as daemon, daemon.connect() as client:
        daemon.proxy.hooks.on("before", told)
        assert ask(client, b"hello") == b"hello"
        assert list(notes) == ["x.before", "y.before", "told"] * 2
        notes.clear()
        daemon.proxy.hooks.remove(mine)
        daemon.proxy.hooks.remove(told)
        assert ask(client, b"hello") == b"hello"
        assert list(notes) == ["y.before"] * 2


def test_what_is_not_there_cannot_be_taken_back() -> None:
    mine = hook(before=lambda call: None)
    scope = Scope()
    with pytest.raises(ConfigError, match="is not registered here"):
        scope.remove(mine)
    scope.add(mine)
    scope.remove(mine)
    with pytest.raises(ConfigError, match="is not registered here"):
        scope.remove(mine)


def test_hooks_come_and_go_during_traffic() -> None:
    """Each answer is one of the two that there may be, and a change holds from the next call on."""
    upper = hook(outgoing=rewriting(b"hello", b"HELLO"))
    stop = threading.Event()
    answers: list[bytes] = []
    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:

        def talk() -> None:
            while not stop.is_set():
                answers.append(ask(client, b"hello"))

        talking = threading.Thread(target=talk)
        talking.start()
        for count in range(1, 31):
            add(daemon, upper)
            daemon.wait_until(lambda: answers and answers[-1] == b"HELLO", f"the change of round {count}")
            daemon.do(lambda: daemon.proxy.hooks.remove(upper))
            daemon.wait_until(lambda: answers[-1] == b"hello", f"the change back of round {count}")
        stop.set()
        talking.join()
        assert set(answers) == {b"hello", b"HELLO"}
        add(daemon, upper)
        assert ask(client, b"hello") == b"HELLO"
        daemon.do(lambda: daemon.proxy.hooks.remove(upper))
        assert ask(client, b"hello") == b"hello"


def test_a_hook_may_take_itself_back() -> None:
    notes = Notes()
    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:

        @daemon.proxy.hooks.on("before")
        def once(call: Call) -> None:
            notes.note(call.to_backend)
            daemon.proxy.hooks.remove(once)

        daemon.proxy.hooks.on("before", lambda call: notes.note("other"))
        assert ask(client, b"hello") == b"hello"
        assert list(notes) == [True, "other", "other"], "the round goes on as it began"


def test_who_watches_a_scope_is_told_of_every_change_and_not_kept_alive() -> None:
    class Watcher:
        def __init__(self) -> None:
            self.told: list[int] = []

        def changed(self) -> None:
            self.told.append(len(scope.entries))

    scope, watcher, mine = Scope(), Watcher(), hook(before=lambda call: None)
    scope.watch(watcher.changed)
    scope.add(mine)
    scope.on("after", print)
    scope.remove(mine)
    assert watcher.told == [1, 2, 1]
    reference = weakref.ref(watcher)
    del watcher
    assert reference() is None
    scope.add(mine)
