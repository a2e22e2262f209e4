"""Hooks of handler classes: gathered along the bases, mixed in, and never seen by siblings or parents."""

import pytest

from tests.handlers.tools import ask, same, witnesses
from tests.hooks import own
from tests.hooks.tools import Notes, hook, hooked
from vaurien.call import Call
from vaurien.errors import ConfigError
from vaurien.hooks import Limit
from vaurien.hooks.scope import declared_by

OWN = "tests.hooks.own"
CLASSES = [
    (own.Passing, []),
    (own.Parent, ["parent-a", "common", "parent-early"]),
    (own.Sibling, ["parent-a", "common", "parent-early"]),
    (own.Child, ["mixin", "parent-a", "common", "parent-early", "child"]),
    (own.Failing, ["mixin", "parent-a", "common", "parent-early", "child"]),
    (own.Stranger, []),
    (own.function, ["of-a-function"]),
    (own.passed_on, []),
]


@pytest.mark.parametrize(("handler", "names"), CLASSES)
def test_what_a_handler_declares(handler: object, names: list[str]) -> None:
    """Those of the bases come first, each instance once."""
    assert [entry.name for entry in declared_by(handler)] == names


@pytest.mark.parametrize(
    ("name", "befores"),
    [
        ("Passing", []),
        ("Parent", ["parent-early", "parent-a", "common"]),
        ("Sibling", ["parent-early", "parent-a", "common"]),
        ("Child", ["parent-early", "mixin", "parent-a", "common", "child"]),
        ("Stranger", []),
        ("function", ["of-a-function"]),
    ],
)
def test_whose_hooks_are_called(name: str, befores: list[str], notes: Notes) -> None:
    with (
        witnesses(same) as server,
        hooked(server.address, behavior=f"100:{OWN}.{name}") as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        daemon.wait_until(lambda: len(notes) >= 2 * len(befores))
    assert [note for note in notes if note.endswith(".before")] == [f"{name}.before" for name in befores]
    assert [note for note in notes if note.endswith(".after")] == [f"{name}.after" for name in befores[::-1]]
    assert not [note for note in notes if "on_route" in note], "no handler is known yet"


def test_nothing_leaks_from_one_handler_of_a_proxy_to_another(notes: Notes) -> None:
    """All of a family serve one proxy, and a hook says whose call it is: each call has the hooks of its own class."""
    names = iter(["child", "parent", "sibling", "stranger", "child"])

    def route(call: object) -> None:
        if call.to_backend:  # type: ignore[attr-defined]
            call.handler = next(names)  # type: ignore[attr-defined]

    behavior = ",".join(f"1:{OWN}.{name}" for name in ("Parent", "Child", "Sibling", "Stranger"))
    with (
        witnesses(same) as server,
        hooked(server.address, hook(on_route=route), behavior=behavior) as daemon,
        daemon.connect() as client,
    ):
        found = []
        for _ in range(5):
            notes.clear()
            assert ask(client, b"hello") == b"hello"
            # an `after` may still come when the reply is there
            found.append([note.removesuffix(".before") for note in notes if not note.endswith(".after")])
    family = ["parent-early", "parent-a", "common"]
    child = ["parent-early", "mixin", "parent-a", "common", "child", "child"]
    assert found == [child, [*family, "parent"], [*family, "sibling"], ["stranger"], child]


def test_two_proxies_with_one_handler_class_share_its_hooks(notes: Notes) -> None:
    """A hook that a class names is one object; what is registered for a proxy stays there."""
    with (
        witnesses(same) as server,
        hooked(server.address, own.told("mine"), behavior=f"100:{OWN}.Parent") as one,
        hooked(server.address, behavior=f"100:{OWN}.Parent") as other,
    ):
        for daemon in (one, other):
            with daemon.connect() as client:
                assert ask(client, b"hello") == b"hello"
    befores = [note for note in notes if note.endswith(".before")]
    family = ["parent-early.before", "parent-a.before", "common.before"]
    assert befores == [family[0], "mine.before", *family[1:], *family]


def test_a_list_changed_later_holds_for_handlers_made_later(notes: Notes) -> None:
    """The list is read when a handler is made, so that a class's author can fill it in any way."""

    class Made(own.Passing):
        hooks = []  # type: ignore[var-annotated]

    Made.hooks.append(own.told("late"))
    assert [entry.name for entry in declared_by(Made)] == ["late"]
    Made.hooks = []
    assert declared_by(Made) == []


def test_hooks_of_a_handler_object_that_a_hook_gives(notes: Notes) -> None:
    """`on_route` names no handler but gives one: its class, and the bases, have hooks as any other's."""
    child = own.Child()

    def route(call: Call) -> None:
        call.handler = child

    with witnesses(same) as server, hooked(server.address, hook(on_route=route)) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
    befores = ["parent-early", "mixin", "parent-a", "common", "child"]
    assert [note for note in notes if note.endswith(".before")] == [f"{name}.before" for name in befores]


def test_a_hook_of_sessions_alone_belongs_to_a_proxy() -> None:
    """In a handler's list it would never be called: no handler is known at those points."""

    class Handler(own.Passing):
        hooks = [Limit()]

    with pytest.raises(ConfigError, match=r"hook limit: .*it belongs to a proxy"):
        declared_by(Handler)
