"""`stop_propagation` ends the round at this point: for hook objects, for functions, and for this round only."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.handlers.tools import CLOSED, RESET, ask, same, until_end, wait_no_session, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import ALL, RAISING, Notes, hook, hooked
from tests.running import Running
from vaurien.call import current
from vaurien.hooks import Message, Reply

BACKWARDS = ("after", "on_error", "session_ended")


def at_each(notes: Notes, name: str, stops: str = "") -> dict[str, Callable[..., Any]]:
    """Functions that note each point of the first request of a session, one of which stops the round."""

    def at(point: str) -> Callable[..., Any]:
        def told(subject: Any, *rest: Any) -> Any:
            message = isinstance(subject, Message)
            call = current.get() if message else subject
            if getattr(call, "to_backend", True):
                notes.note(f"{name}.{point}")
            if point == stops:
                call.stop_propagation()
            return subject if message else None

        return told

    return {point: at(point) for point in ALL}


def listen(daemon: Running, functions: dict[str, Callable[..., Any]]) -> None:
    for point, function in functions.items():
        daemon.proxy.hooks.on(point, function)


@pytest.mark.parametrize("functions", [False, True], ids=["objects", "functions"])
@pytest.mark.parametrize("stops", ALL)
def test_nobody_after_is_called_at_this_point(stops: str, functions: bool, errors: Errors) -> None:
    notes = Notes()
    three = [at_each(notes, "one"), at_each(notes, "two", stops), at_each(notes, "three")]
    with witnesses(same) as server, hooked(server.address, behavior=f"100:{RAISING}") as daemon:
        for number, methods in enumerate(three):
            if functions:
                listen(daemon, methods)
            else:
                daemon.proxy.hooks.add(hook(str(number), **methods))
        with daemon.connect() as client:
            client.sendall(b"hello")
            assert until_end(client) == (b"", CLOSED)
        wait_no_session(daemon)
        notes.wait_for("two.session_ended")
        daemon.wait_until(lambda: not daemon.proxy.killed, "the end of the last round")
    for point in set(ALL) - {"outgoing"}:  # the handler raises before it writes
        order = ["three", "two", "one"] if point in BACKWARDS else ["one", "two", "three"]
        if point == stops:
            order.remove(order[-1])
        if point == "after" and stops == "before":
            # Whose `before` was not reached; a function that listens at `after` alone counts by its place.
            order = ["one"] if functions else ["two", "one"]
        asked = [note.partition(".")[0] for note in notes if note.endswith(f".{point}")]
        assert asked == order, point
    assert len(errors()) == 1


@pytest.mark.parametrize("functions", [False, True], ids=["objects", "functions"])
def test_a_filter_that_stops_has_the_last_word(functions: bool) -> None:
    """What it returns is what goes on; each write begins a round of its own."""
    notes = Notes()

    def first(message: Message) -> Message:
        notes.note(message.data)
        current.get().stop_propagation()
        return message.with_data(message.data.upper())

    def second(message: Message) -> Message:
        return message.with_data(b"never")

    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:
        for function in (first, second):
            if functions:
                daemon.proxy.hooks.on("outgoing", function)
            else:
                daemon.proxy.hooks.add(hook(outgoing=function))
        assert ask(client, b"hello") == b"HELLO"
        assert ask(client, b"again") == b"AGAIN"
        assert server.witness().data == b"HELLOAGAIN"
        assert list(notes) == [b"hello", b"HELLO", b"again", b"AGAIN"]


def test_it_does_not_leak_to_the_next_round_of_the_call(errors: Errors) -> None:
    """A hook that stops at every point stops that point alone: the next one begins with the first hook again."""
    notes = Notes()

    def told(point: str) -> Callable[..., Any]:
        def stop(subject: Any, *rest: Any) -> Any:
            message = isinstance(subject, Message)
            call = current.get() if message else subject
            if getattr(call, "to_backend", True):
                notes.note(point)
            call.stop_propagation()
            return subject if message else None

        return stop

    stopping = {point: told(point) for point in ALL}
    with witnesses(same) as server, hooked(server.address, hook("one", 1, **stopping)) as daemon:
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
            assert ask(client, b"again") == b"again"
        wait_no_session(daemon)
        notes.wait_for("session_ended")
        call = ["on_route", "before", "incoming", "outgoing", "after"]
        assert list(notes) == ["session_started", "backend_connected", *call, *call, "session_ended"]
    assert not errors()


def test_the_answer_of_who_stops_counts() -> None:
    def stop(call: Any) -> Reply:
        call.stop_propagation()
        return Reply(b"forged")

    with witnesses(same) as server, hooked(server.address, hook(before=stop)) as daemon, daemon.connect() as client:
        assert ask(client, b"hello", 6) == b"forged"


def test_stopping_at_the_start_of_a_session_does_not_claim_it() -> None:
    notes = Notes()

    def stop(session: Any) -> None:
        session.stop_propagation()

    def refuse(session: Any) -> Reply:
        notes.note("asked")
        return Reply(b"no")

    hooks = [hook("one", session_started=stop), hook("two", session_started=refuse, backend_connected=refuse)]
    with witnesses(same) as server, hooked(server.address, *hooks) as daemon, daemon.connect() as client:
        assert client.recv(2) == b"no"
        assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end()[1] in (CLOSED, RESET)
        assert list(notes) == ["asked"], "at the second point, where nobody has stopped"
