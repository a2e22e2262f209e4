"""Registering hooks by program: for all proxies, for one, as functions, as decorators."""

from typing import Any

import pytest

from tests.handlers.tools import ask, same, witnesses
from tests.hooks.tools import ALL, Notes, hook, hooked, noting
from tests.running import running
from vaurien.call import Call
from vaurien.errors import ConfigError
from vaurien.hooks import GLOBAL, Hook, add_global
from vaurien.hooks.scope import Scope, declared_by

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


def test_a_class_is_no_hook_its_instances_are() -> None:
    class Told(Hook):
        def before(self, call: Call) -> None:
            pass

    class Handler:
        hooks = [Told]

    for register in (Scope().add, add_global, lambda hook: declared_by(Handler)):
        with pytest.raises(ConfigError) as raised:
            register(Told)
        assert str(raised.value) == "hook Told: is a class: register an instance of it"
