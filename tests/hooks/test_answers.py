"""What hooks may answer and choose, and what is wrong with the rest: it is the hook that is named, not the handler."""

from typing import Any

import gevent
import pytest

from tests.handlers.own import passed_on
from tests.handlers.tools import CLOSED, RESET, ask, handled, same, until_end, wait_no_session, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import Notes, hook, hooked, to_backend
from tests.peers import receive_exactly
from vaurien.call import Call
from vaurien.handlers import BaseHandler, Dummy
from vaurien.hooks import TAKEN, Message, Reply

# data


@pytest.mark.parametrize(
    "data", [b"bytes", bytearray(b"bytes"), memoryview(b"bytes")], ids=lambda data: type(data).__name__
)
def test_data_are_bytes_that_never_change(data: Any) -> None:
    for told in (Message(data, True), Reply(data), Message(b"", True).with_data(data)):
        assert told.data == b"bytes" and type(told.data) is bytes
        with pytest.raises(AttributeError):
            told.data = b""  # type: ignore[misc]


@pytest.mark.parametrize("data", ["text", None, 5, [1, 2], object()], ids=lambda data: type(data).__name__)
def test_what_is_no_data(data: Any) -> None:
    with pytest.raises(TypeError, match="the data of a Message must be bytes, not "):
        Message(data, True)
    with pytest.raises(TypeError, match="the data of a Reply must be bytes, not "):
        Reply(data)


def test_a_message_keeps_its_direction() -> None:
    assert Message(b"one", True).with_data(b"two") == Message(b"two", True)
    assert Message(b"one", False).with_data(b"two") == Message(b"two", False)
    assert len(Message(b"one", True)) == 3


@pytest.mark.parametrize("point", ["session_started", "before", "incoming", "outgoing"])
def test_a_reply_of_text_is_the_hooks_error(point: str, errors: Errors) -> None:
    def reply(told: Any) -> Reply:
        if point == "session_started":
            told.client_sock.recv(1, 2)  # its connect has returned: a reset comes after that
        return Reply("text")  # type: ignore[arg-type]

    with witnesses(same) as server, hooked(server.address, hook(**{point: reply})) as daemon:
        with daemon.connect() as client:
            client.sendall(b"hello")
            assert until_end(client) == (b"", RESET if point == "session_started" else CLOSED)
        wait_no_session(daemon)
    (record,) = errors()
    assert record.getMessage() == f"hook tested in {point} raised TypeError"
    assert record.exc_info and "must be bytes, not 'text'" in str(record.exc_info[1])


# who acts


def shout(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    """A function of the hook's own that serves as a handler."""
    passed_on(client_sock, backend_sock, to_backend, b"!")


class Shout(BaseHandler):
    """A handler of the hook's own."""

    name = "shouting"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        shout(client_sock, backend_sock, to_backend)


@pytest.mark.parametrize(
    ("handler", "name", "answer"),
    [
        ("dummy", "dummy", b"hello"),
        ("corrupt", "corrupt", b"hello"),
        (shout, "shout", b"!!hello"),
        (Shout(), "shouting", b"!!hello"),
        (Dummy(), "dummy", b"hello"),
    ],
)
def test_on_route_chooses_by_name_or_gives_a_handler(handler: Any, name: str, answer: bytes) -> None:
    notes = Notes()

    def route(call: Call) -> None:
        call.handler = handler

    hooks = [hook(on_route=route), hook(before=lambda call: notes.note(call.handler.name))]
    options = {"corrupt.rate": 0}
    with witnesses(same) as server, hooked(server.address, *hooks, behavior="100:hang", options=options) as daemon:
        with daemon.connect() as client:
            assert ask(client, b"hello", len(answer)) == answer
        assert list(notes) == [name, name]
        assert handled(daemon, "hang") == [0, 0]


def test_one_instance_for_a_handler_that_is_named_by_its_path() -> None:
    """One that the behavior has already is that one, under the name that it has there."""
    made = Notes()

    def route(call: Call) -> None:
        call.handler = "tests.hooks.own.Sending"
        made.note((call.handler.name, id(call.handler.act)))

    with (
        witnesses(same) as server,
        hooked(server.address, hook(on_route=route), behavior="50:tests.hooks.own.Sending") as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        assert set(made) == {("sending", id(daemon.proxy.handlers["sending"].act))}


def test_a_handler_that_is_not_known_is_the_hooks_error(errors: Errors) -> None:
    def route(call: Call) -> None:
        call.handler = "dely"

    with witnesses(same) as server, hooked(server.address, hook(on_route=route)) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        assert until_end(client) == (b"", CLOSED)
    (record,) = errors()
    assert record.getMessage() == "hook tested in on_route raised ConfigError"
    assert record.exc_info and "did you mean 'delay'?" in str(record.exc_info[1])


# what was read, and by whom


@pytest.mark.parametrize("filters", [True, False])
def test_a_hook_that_has_read_the_data_and_leaves_the_call(filters: bool) -> None:
    """What it has read is its own; the handler gets what comes next."""
    notes = Notes()

    def swallow(call: Call) -> None:
        if call.ordinal == 1:
            notes.note(call.session.client_sock.recv(100))  # type: ignore[attr-defined]

    hooks = [hook("swallows", before=to_backend(swallow))]
    if filters:
        hooks.append(hook("filters", incoming=lambda message: message))
    with witnesses(same) as server, hooked(server.address, *hooks) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        notes.wait(1)
        assert ask(client, b"again") == b"again"
        assert server.witness().data == b"again"


class Deaf(BaseHandler):
    """Raises before it reads."""

    name = "deaf"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        raise ZeroDivisionError


@pytest.mark.parametrize("answer", [TAKEN, Reply(b"sorry")])
def test_an_error_that_is_answered_is_over_though_nothing_was_read(answer: Any) -> None:
    """The call is not made again and again: what it was about is dropped."""
    notes = Notes()

    def on_error(call: Call, exc: BaseException) -> Any:
        notes.note(call.data)
        return answer

    def route(call: Call) -> None:
        call.handler = deaf if call.data == b"hello" else "dummy"

    def after(call: Call) -> None:
        if call.error:
            notes.note("over")

    deaf = Deaf()
    with (
        witnesses(same) as server,
        hooked(server.address, hook(on_error=on_error, on_route=route, after=after)) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        if answer is not TAKEN:
            assert receive_exactly(client, 5) == b"sorry"
        notes.wait(2)
        assert ask(client, b"again") == b"again"
        assert server.witness().data == b"again"
        assert list(notes) == [b"hello", "over"]


class Forgetful(BaseHandler):
    """Reads three bytes of a reply, and passes them on."""

    name = "forgetful"
    options = {"direction": ("Which calls", str, "to_client")}

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        client_sock.sendall(backend_sock.recv(3))


def test_a_reply_that_was_asked_for_is_had_where_a_filter_has_read_ahead() -> None:
    """While the first part of a reply is under way, a second request asks for the next call of that direction."""
    notes = Notes()

    def route(call: Call) -> None:
        if call.to_backend and call.ordinal == 2:
            call.handler = "lost_response"

    def after(call: Call) -> None:
        if call.to_backend and call.ordinal == 2:
            notes.note("asked for the next")
        elif call.ordinal == 1 and not call.to_backend:
            while not notes:
                gevent.sleep(0.001)

    hooks = [hook("routes", on_route=route, after=after), hook("filters", incoming=lambda message: message)]
    behavior = "100:tests.hooks.test_answers.Forgetful"
    with (
        witnesses(same) as server,
        hooked(server.address, *hooks, behavior=behavior) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"abcdef", 3) == b"abc"
        client.sendall(b"second")
        assert until_end(client) == (b"", CLOSED), "the rest of the reply is lost"
