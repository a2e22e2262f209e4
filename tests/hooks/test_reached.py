"""`after` for every hook whose `before` was reached, however the call ended; `on_error` for all."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.handlers.tools import CLOSED, ask, same, until_end, wait_no_session, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import RAISING, Notes, add, hook, hooked, noting
from vaurien.call import Call
from vaurien.hooks import TAKEN, Hook, Reply

POINTS = ("before", "after", "on_error")


def serve(call: Call) -> Any:
    """Answers the request in the backend's place."""
    sock = call.session.client_sock  # type: ignore[attr-defined]
    sock.sendall(sock.recv(65536))
    return TAKEN


def stop(call: Call) -> None:
    call.stop_propagation()


def fail(call: Call) -> None:
    raise ZeroDivisionError("oh")


def three(notes: Notes, does: Callable[[Call], Any], point: str = "before") -> list[Hook]:
    """Three hooks that note; the second does something besides, for calls to the backend."""

    def note(name: str) -> Callable[..., None]:
        def noted(call: Call, *rest: Any) -> None:
            if call.to_backend:
                notes.note(name)

        return noted

    def acting(call: Call, *rest: Any) -> Any:
        if call.to_backend:
            notes.note(f"two.{point}")
            return does(call)

    methods = [{at: note(f"{name}.{at}") for at in POINTS} for name in ("one", "two", "three")]
    methods[1][point] = acting
    return [hook(name, **each) for name, each in zip(("one", "two", "three"), methods, strict=True)]


@pytest.mark.parametrize(
    ("does", "answer"), [(serve, b"hello"), (lambda call: Reply(b"hello"), b"hello"), (stop, b"hello"), (fail, b"")]
)
def test_who_was_not_reached_is_not_told_after(does: Callable[[Call], Any], answer: bytes, errors: Errors) -> None:
    """The one that claims, stops or raises was reached itself; the third was not."""
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, *three(notes, does)) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        if answer:
            assert client.recv(5) == answer
        else:
            assert until_end(client) == (b"", CLOSED)
            assert [record.getMessage() for record in errors()] == ["hook two in before raised ZeroDivisionError"]
        told_of_error = ["three.on_error", "two.on_error", "one.on_error"] if not answer else []
        count = 4 + len(told_of_error)
        daemon.wait_until(lambda: len(notes) >= count)
        assert list(notes) == ["one.before", "two.before", *told_of_error, "two.after", "one.after"]


@pytest.mark.parametrize("how", ["returns", "false", "raises", "closes"])
def test_after_comes_however_the_handler_ends(how: str, errors: Errors) -> None:
    behavior = {
        "returns": "100:dummy",
        "false": "100:truncate",
        "raises": f"100:{RAISING}",
        "closes": "100:tests.handlers.own.Closing",
    }[how]
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(
            server.address, *three(notes, lambda call: None), behavior=behavior,
            options={"truncate.direction": "to_backend"} if how == "false" else None,
        ) as daemon,
        daemon.connect() as client,
    ):  # fmt: skip
        client.sendall(b"hello")
        told_of_error = ["three.on_error", "two.on_error", "one.on_error"] if how == "raises" else []
        daemon.wait_until(lambda: len(notes) >= 6 + len(told_of_error))
        befores = ["one.before", "two.before", "three.before"]
        assert list(notes) == [*befores, *told_of_error, "three.after", "two.after", "one.after"]
        assert bool(errors()) == (how == "raises")


def test_a_hook_without_before_is_reached_at_its_place() -> None:
    """One that has only `after` is told if `before` came past it."""
    notes = Notes()
    hooks = [
        noting(notes, "early", ("after",), 1),
        hook("claims", 2, before=lambda call: Reply(b"hello")),
        noting(notes, "late", ("after",), 3),
    ]
    with witnesses(same) as server, hooked(server.address, *hooks) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        daemon.wait_until(lambda: notes)
        client.close()
        wait_no_session(daemon)
        assert list(notes) == ["early.after"]


def test_when_on_route_raises_no_before_was_reached_and_all_are_told_of_the_error(errors: Errors) -> None:
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, *three(notes, lambda call: None), hook("routes", on_route=fail)) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client) == (b"", CLOSED)
        wait_no_session(daemon)
        assert list(notes) == ["three.on_error", "two.on_error", "one.on_error"]
        assert server.witness().wait_end()[0] == b""
    assert [record.getMessage() for record in errors()] == ["hook routes in on_route raised ZeroDivisionError"]


@pytest.mark.parametrize("point", ["incoming", "outgoing"])
def test_when_a_filter_raises_all_are_told_of_the_error_and_after(point: str, errors: Errors) -> None:
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, *three(notes, lambda call: None), hook("filters", **{point: fail})) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client) == (b"", CLOSED)
        wait_no_session(daemon)
        assert list(notes) == [
            "one.before", "two.before", "three.before",
            "three.on_error", "two.on_error", "one.on_error",
            "three.after", "two.after", "one.after",
        ]  # fmt: skip
    assert [record.getMessage() for record in errors()] == [f"hook filters in {point} raised ZeroDivisionError"]


def test_the_error_is_on_the_call_for_on_error_and_after(errors: Errors) -> None:
    notes = Notes()
    seen = hook(
        on_error=lambda call, exc: notes.note(("on_error", exc, call.error)),
        after=lambda call: notes.note(("after", call.error)),
        before=lambda call: notes.note(("before", call.error)),
    )
    with (
        witnesses(same) as server,
        hooked(server.address, seen, behavior=f"100:{RAISING}") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client) == (b"", CLOSED)
        (raised,) = {note[1] for note in notes.wait(3) if note[0] == "on_error"}
        assert isinstance(raised, ZeroDivisionError) and str(raised) == "oh"
        assert list(notes) == [("before", None), ("on_error", raised, raised), ("after", raised)]
    assert len(errors()) == 1


def test_a_hook_that_comes_during_a_call_is_not_told_of_its_end() -> None:
    """Who acts on a call is fixed when its handler is chosen."""
    notes = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, behavior="100:hang") as daemon,
        daemon.connect() as client,
    ):
        add(daemon, noting(notes, "early", ("before", "after")))
        client.sendall(b"hello")
        notes.wait_for("early.before")
        add(daemon, noting(notes, "late", ("before", "after"), 1))
        client.close()
        wait_no_session(daemon)
        notes.wait_for("early.after")
        assert list(notes) == ["early.before", "early.after"]
