"""All nine points, and what comes of each answer: for the client, the backend, the other hooks and the log."""

import socket
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.handlers.tools import CLOSED, RESET, ask, same, until_end, wait_no_session, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import ALL, RAISING, Notes, hook, hooked
from tests.running import DEADLINE, Running
from vaurien.call import Call
from vaurien.hooks import TAKEN, Hook, Message, Reply


class Outcome(NamedTuple):
    """`client` is all that the client gets for its first question, or until the end; `end` is how its session ends
    by itself, empty if it goes on. `backend` is all that the backend saw of the first question, None if nobody came.
    `others` says who else was asked at the point. `log` is the error that is logged, and `said` what it says besides.
    """

    client: bytes
    end: str = ""
    backend: bytes | None = b"hello"
    others: str = "both"
    log: str = ""
    said: str = "division by zero"


GOES_ON = Outcome(b"hello")
LOGGED = Outcome(b"hello", log="hook tested raised in {point}")
CALL_FAILS = Outcome(b"", CLOSED, b"", "first", "hook tested in {point} raised ZeroDivisionError")
WRONG_FILTER = Outcome(
    b"", CLOSED, b"", "first", "hook tested in {point} raised TypeError",
    "hook tested: {point} must return a Message or a Reply, not {answer!r}",
)  # fmt: skip
WRONG_CLAIM = "hook tested: {point} must return None, a Reply or TAKEN, not {answer!r}"
UNANSWERED = Outcome(b"", CLOSED, b"", "both", "handler raising raised ZeroDivisionError", "oh")

TABLE: dict[str, dict[str, Outcome]] = {
    "session_started": {
        "nothing": GOES_ON,
        "reply": Outcome(b"reply", CLOSED, None, "first"),
        "taken": Outcome(b"taken", CLOSED, None, "first"),
        "wrong": Outcome(b"", RESET, None, "first", "hook tested in {point} raised TypeError", WRONG_CLAIM),
        "raises": Outcome(b"", RESET, None, "first", "hook tested in {point} raised ZeroDivisionError"),
    },
    "backend_connected": {
        "nothing": GOES_ON,
        "reply": Outcome(b"reply", CLOSED, b"", "first"),
        "taken": Outcome(b"taken", CLOSED, b"", "first"),
        "wrong": Outcome(b"", RESET, b"", "first", "hook tested in {point} raised TypeError", WRONG_CLAIM),
        "raises": Outcome(b"", RESET, b"", "first", "hook tested in {point} raised ZeroDivisionError"),
    },
    "on_route": {
        "nothing": GOES_ON,
        "reply": GOES_ON,
        "taken": GOES_ON,
        "wrong": GOES_ON,
        "raises": CALL_FAILS,
    },
    "before": {
        "nothing": GOES_ON,
        "reply": Outcome(b"reply", backend=b"", others="first"),
        "taken": Outcome(b"taken", backend=b"", others="first"),
        "wrong": Outcome(b"", CLOSED, b"", "first", "hook tested in {point} raised TypeError", WRONG_CLAIM),
        "raises": CALL_FAILS,
    },
    "incoming": {
        "nothing": GOES_ON,
        "reply": Outcome(b"reply", backend=b"", others="first"),
        "taken": WRONG_FILTER,
        "wrong": WRONG_FILTER,
        "raises": CALL_FAILS,
    },
    "outgoing": {
        "nothing": GOES_ON,
        "reply": Outcome(b"reply", backend=b"", others="first"),
        "taken": WRONG_FILTER,
        "wrong": WRONG_FILTER,
        "raises": CALL_FAILS,
    },
    "after": {
        "nothing": GOES_ON,
        "reply": GOES_ON,
        "taken": GOES_ON,
        "wrong": GOES_ON,
        "raises": LOGGED,
    },
    "on_error": {
        "nothing": UNANSWERED,
        "reply": Outcome(b"reply", backend=b"", others="last"),
        "taken": Outcome(b"taken", backend=b"", others="last"),
        "wrong": UNANSWERED._replace(log="hook tested raised in {point}", said=WRONG_CLAIM),
        "raises": UNANSWERED._replace(log="hook tested raised in {point}", said="division by zero"),
    },
    "session_ended": {
        "nothing": GOES_ON,
        "reply": GOES_ON,
        "taken": GOES_ON,
        "wrong": GOES_ON,
        "raises": LOGGED,
    },
}  # fmt: skip
ROWS = [(point, does, outcome) for point, row in TABLE.items() for does, outcome in row.items()]
ANSWERS = {"nothing": None, "reply": Reply(b"reply"), "taken": TAKEN, "wrong": 5}


def test_every_point_is_in_the_table_with_every_answer() -> None:
    assert tuple(TABLE) == ALL
    assert {tuple(row) for row in TABLE.values()} == {(*ANSWERS, "raises")}


def doing(point: str, does: str, notes: Notes) -> Hook:
    """The hook that is tested: at `point`, it notes that it was asked and does as told, once."""

    def act(subject: Any, *rest: Any) -> Any:
        first = f"tested.{point}" not in notes
        message = isinstance(subject, Message)
        if getattr(subject, "to_backend", True):
            notes.note(f"tested.{point}")
        if not first:
            return subject if message else None
        if point in ("session_started", "backend_connected"):
            subject.client_sock.recv(1, socket.MSG_PEEK)  # its connect has returned: a reset comes after that
        if does == "raises":
            return 1 / 0
        if does == "taken" and TABLE[point][does].client == b"taken":
            serve(subject)
        answer = ANSWERS[does]
        return subject if message and answer is None else answer

    return hook("tested", 2, **{point: act})


def serve(subject: Any) -> None:
    """The work that a hook has done when it says TAKEN: here, that of the backend."""
    if isinstance(subject, Call):
        if subject.error is None:  # a handler that has failed has read the question before
            assert subject.session.client_sock.recv(65536) == b"hello"
        subject.session.client_sock.sendall(b"taken")  # type: ignore[attr-defined]
    else:
        subject.client_sock.sendall(b"taken")


def witness_of(notes: Notes, name: str, priority: float) -> Hook:
    """One of the other hooks: it notes what it is told of the session and of calls to the backend."""

    def at(point: str) -> Callable[..., Any]:
        def told(subject: Any, *rest: Any) -> Any:
            if getattr(subject, "to_backend", True):
                notes.note(f"{name}.{point}")
            return subject if isinstance(subject, Message) else None

        return told

    return hook(name, priority, **{point: at(point) for point in ALL})


@pytest.mark.parametrize(("point", "does", "expected"), ROWS, ids=[f"{point}-{does}" for point, does, _ in ROWS])
def test_what_comes_of_it(point: str, does: str, expected: Outcome, errors: Errors) -> None:
    notes = Notes()
    hooks = [witness_of(notes, "last", 3), witness_of(notes, "first", 1), doing(point, does, notes)]
    behavior = f"100:{RAISING}" if point == "on_error" else ""
    with witnesses(same) as server, hooked(server.address, *hooks, behavior=behavior) as daemon:
        with daemon.connect() as client:
            assert_client(client, expected, goes_on=point != "on_error")
        wait_no_session(daemon)
        notes.wait_for("first.session_ended")
        if expected.backend is None:
            assert not server.sessions
        else:
            told = expected.backend + b"again" * (not expected.end and point != "on_error")
            assert server.witness().wait_end()[0] == told
        assert_others(notes, point, expected)
        assert_log(errors, point, does, expected)
        assert_next_session_is_fine(daemon, errors, failing=bool(behavior))


def assert_client(client: socket.socket, expected: Outcome, goes_on: bool) -> None:
    client.sendall(b"hello")
    if expected.end:
        assert until_end(client) == (expected.client, expected.end)
        return
    assert client.recv(len(expected.client), socket.MSG_WAITALL) == expected.client
    if goes_on:
        assert ask(client, b"again") == b"again"


def assert_others(notes: Notes, point: str, expected: Outcome) -> None:
    """Who was asked in the first round at the point, in order; and that the end of the session was told to all."""
    asked = [note.partition(".")[0] for note in notes if note.endswith(f".{point}")]
    if point in ("after", "on_error", "session_ended"):
        rounds = {"both": ["last", "tested", "first"], "last": ["last", "tested"]}
    else:
        rounds = {"both": ["first", "tested", "last"], "first": ["first", "tested"]}
    wanted = rounds[expected.others]
    assert asked[: len(wanted)] == wanted
    if expected.others != "both" and len(asked) > len(wanted):
        assert asked[len(wanted)] == ("last" if point == "on_error" else "first"), "the round went on"
    ended = [note for note in notes if note.endswith(".session_ended") and not note.startswith("tested")]
    assert ended == ["last.session_ended", "first.session_ended"]
    if expected.log.startswith("hook tested in") and point in ("on_route", "before", "incoming", "outgoing"):
        told = [note for note in notes if note.endswith(".on_error")]
        assert told == ["last.on_error", "first.on_error"], "what it raised is the call's error"


def assert_log(errors: Errors, point: str, does: str, expected: Outcome) -> None:
    values = {"point": point, "answer": ANSWERS.get(does)}
    records = errors()
    if not expected.log:
        assert not records
        return
    found = [record for record in records if record.getMessage() == expected.log.format_map(values)]
    assert len(found) == 1, [record.getMessage() for record in records]
    assert len(records) == (2 if point == "on_error" and does in ("wrong", "raises") else 1)
    (record,) = found
    assert (record.__dict__["proxy"], record.__dict__["session"]) == ("default", 1)
    assert record.exc_info and expected.said.format_map(values) in str(record.exc_info[1])


def assert_next_session_is_fine(daemon: Running, errors: Errors, failing: bool) -> None:
    """The daemon goes on: the next client is served, by a handler that fails or as if nothing had been."""
    with daemon.connect() as client:
        client.settimeout(DEADLINE)
        if failing:
            client.sendall(b"hello")
            assert until_end(client) == (b"", CLOSED)
        else:
            assert ask(client, b"hello") == b"hello"
    wait_no_session(daemon)
