"""Each thing that Tavrida's middlewares can do: chains over incoming and outgoing messages round the handler's call."""

from typing import Any

import pytest

from tests.handlers.tools import CLOSED, ask, until_end, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import Notes, hook, hooked
from vaurien.call import Call
from vaurien.hooks import Hook, Message, Reply

HELLO = b'{"service": "test_hello", "method": "hello"}'
RESULT = b'{"parameter": "value"}'


def hello_controller(request: bytes) -> bytes:
    """The service behind the proxy: what it returns for each request."""
    return RESULT


class MyMiddleware(Hook):
    """The example's: prints that it was called, and gives the message on."""

    def __init__(self, printed: Notes, name: str = "") -> None:
        super().__init__()
        self.printed = printed
        self.text = f"middleware call {name}".strip()

    def process(self, message: Message) -> Message:
        self.printed.note(self.text)
        return message


class Incoming(MyMiddleware):
    """Added by `add_incoming_middleware`: for requests."""

    def incoming(self, message: Message) -> Message:
        return self.process(message) if message.to_backend else message


class Outgoing(MyMiddleware):
    """Added by `add_outgoing_middleware`: for responses."""

    def outgoing(self, message: Message) -> Message:
        return message if message.to_backend else self.process(message)


@pytest.mark.parametrize("middleware", [Incoming, Outgoing])
def test_the_example(middleware: type[MyMiddleware]) -> None:
    printed = Notes()
    with (
        witnesses(hello_controller) as server,
        hooked(server.address, middleware(printed)) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, HELLO, len(RESULT)) == RESULT
        assert printed.wait(1) == ["middleware call"]


def test_the_order_of_adding_is_significant() -> None:
    printed = Notes()
    hooks = [
        Incoming(printed, "in 1"), Outgoing(printed, "out 1"), Incoming(printed, "in 2"), Outgoing(printed, "out 2"),
    ]  # fmt: skip
    with witnesses(hello_controller) as server, hooked(server.address, *hooks) as daemon, daemon.connect() as client:
        assert ask(client, HELLO, len(RESULT)) == RESULT
        assert printed.wait(4) == [f"middleware call {name}" for name in ("in 1", "in 2", "out 1", "out 2")]


def test_each_takes_the_message_that_the_last_has_returned() -> None:
    def adding(text: bytes) -> Any:
        return lambda message: message.with_data(message.data + text) if message.to_backend else message

    hooks = [hook("one", incoming=adding(b"1")), hook("two", incoming=adding(b"2"))]
    with witnesses(hello_controller) as server, hooked(server.address, *hooks) as daemon, daemon.connect() as client:
        assert ask(client, HELLO, len(RESULT)) == RESULT
        assert server.witness().data == HELLO + b"12"


def test_a_response_breaks_the_chain_and_is_returned_to_the_calling_service() -> None:
    printed = Notes()
    answering = hook(incoming=lambda message: Reply(b'{"from": "middleware"}') if message.to_backend else message)
    hooks = [Incoming(printed, "before"), answering, Incoming(printed, "after")]
    with witnesses(hello_controller) as server, hooked(server.address, *hooks) as daemon, daemon.connect() as client:
        assert ask(client, HELLO, 22) == b'{"from": "middleware"}'
        assert ask(client, HELLO, 22) == b'{"from": "middleware"}'
        assert printed.wait(2) == ["middleware call before"] * 2
        assert server.witness().data == b""


@pytest.mark.parametrize("point", ["incoming", "outgoing"])
@pytest.mark.parametrize("answer", [None, b"bytes", True, {"parameter": "value"}], ids=repr)
def test_any_other_type_raises(point: str, answer: Any, errors: Errors) -> None:
    wrong = hook("wrong", **{point: lambda message: answer})
    with (
        witnesses(hello_controller) as server,
        hooked(server.address, wrong) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(HELLO)
        assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end()[0] == b""
    (record,) = errors()
    assert record.getMessage() == f"hook wrong in {point} raised TypeError"
    assert record.exc_info
    assert str(record.exc_info[1]) == f"hook wrong: {point} must return a Message or a Reply, not {answer!r}"


class Error(Hook):
    """What Tavrida does by itself: an exception is converted to an Error message for the caller."""

    def on_error(self, call: Call, exc: BaseException) -> Reply:
        return Reply(b'{"error": "%s"}' % str(exc).encode())


@pytest.mark.parametrize("point", ["incoming", "outgoing"])
def test_an_exception_becomes_an_error_for_the_caller(point: str) -> None:
    def process(message: Message) -> Message:
        if message.to_backend:
            raise ValueError("no such parameter")
        return message

    with (
        witnesses(hello_controller) as server,
        hooked(server.address, Error(), hook(**{point: process})) as daemon,
        daemon.connect() as client,
    ):
        for _ in range(2):
            assert ask(client, HELLO, 30) == b'{"error": "no such parameter"}'
        assert server.witness().data == b""


def test_an_exception_in_outgoing_stops_the_message(errors: Errors) -> None:
    """The response is not sent, and no middleware after it sees it."""
    printed = Notes()

    def process(message: Message) -> Message:
        if message.to_backend:
            return message
        raise ValueError("not to be sent")

    hooks = [Outgoing(printed, "before"), hook("stops", outgoing=process), Outgoing(printed, "after")]
    with witnesses(hello_controller) as server, hooked(server.address, *hooks) as daemon, daemon.connect() as client:
        client.sendall(HELLO)
        assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end()[0] == HELLO
        assert list(printed) == ["middleware call before"]
    assert [record.getMessage() for record in errors()] == ["hook stops in outgoing raised ValueError"]


def test_outgoing_middlewares_are_not_called_for_what_does_not_come_from_the_handler() -> None:
    """As calls by the proxy object are not: a hook's own reply is what it says."""
    printed = Notes()
    answering = hook(before=lambda call: Reply(RESULT) if call.to_backend else None)
    with (
        witnesses(hello_controller) as server,
        hooked(server.address, Outgoing(printed), answering) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, HELLO, len(RESULT)) == RESULT
        assert not printed
