"""Functions that listen at a point, registered by a call or as a decorator."""

from typing import Any

import pytest

from tests.handlers.tools import ask, same, witnesses
from tests.hooks.tools import ALL, Notes, hook, hooked
from vaurien.call import Call
from vaurien.errors import ConfigError
from vaurien.hooks import GLOBAL, Message, current_call
from vaurien.hooks.scope import Scope


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


@pytest.mark.parametrize("function", [5, "text", object()])
def test_what_cannot_be_called_cannot_listen(function: Any) -> None:
    scope = Scope()
    with pytest.raises(ConfigError, match="cannot be called"):
        scope.on("before", function)
    assert scope.entries == ()


@pytest.mark.parametrize("priority", ["soon", None, object()])
def test_a_functions_priority_must_be_a_number(priority: Any) -> None:
    scope = Scope()
    with pytest.raises(ConfigError, match="its priority must be a number"):
        scope.on("before", print, priority=priority)
    assert scope.entries == ()


def test_a_bound_method_is_one_function() -> None:
    """Each time that it is named, Python makes another object of it: it is called once, and can be taken back."""

    class Counter:
        count = 0

        def told(self, call: Call) -> None:
            self.count += 1

    one, other = Counter(), Counter()
    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:
        for method in (one.told, one.told, other.told):
            daemon.proxy.hooks.on("before", method)
        assert ask(client, b"hello") == b"hello"
        assert (one.count, other.count) == (2, 2), "for the request and for the reply"
        daemon.proxy.hooks.remove(one.told)
        assert ask(client, b"hello") == b"hello"
        assert (one.count, other.count) == (2, 4)


def test_a_function_finds_the_call_that_is_acted_on() -> None:
    """A filter is told of the message alone."""
    notes = Notes()
    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:

        @daemon.proxy.hooks.on("outgoing")
        def told(message: Message) -> Message:
            notes.note((current_call().to_backend, current_call().session.ordinal, current_call().handler.name))
            return message

        assert ask(client, b"hello") == b"hello"
        assert list(notes) == [(True, 1, "dummy"), (False, 1, "dummy")]
    with pytest.raises(LookupError):
        current_call()
