"""Replies of hooks that are large, or come while the other flow is sending to the same client."""

import re
import socket
import threading

import pytest

from tests.handlers.tools import CLOSED, ask, same, until_end, witnesses
from tests.hooks.tools import Notes, hook, hooked, to_backend
from tests.peers import backend, receive_all, receive_exactly
from tests.running import Running, running
from vaurien.call import Call
from vaurien.hooks import Hook, Message, Reply

LARGE = b"R" * (4 << 20)
STREAM = b"B" * (8 << 20)
LOOKS = 20
"""So many looks, a millisecond apart, at a flow that does not move."""


def replying(point: str, reply: bytes) -> Hook:
    def filter_(message: Message) -> Message | Reply:
        return Reply(reply) if message.to_backend else message

    claim = to_backend(lambda call: Reply(reply))
    return hook(**{point: filter_ if point in ("incoming", "outgoing") else claim})


@pytest.mark.parametrize("point", ["before", "incoming", "outgoing"])
def test_a_large_reply_arrives_whole(point: str) -> None:
    with (
        witnesses(same) as server,
        hooked(server.address, replying(point, LARGE)) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", len(LARGE)) == LARGE
        assert ask(client, b"hello", len(LARGE)) == LARGE
        assert server.witness().data == b""


@pytest.mark.parametrize("point", ["session_started", "backend_connected"])
def test_a_large_reply_at_the_start_arrives_whole_before_the_end(point: str) -> None:
    with (
        witnesses(same) as server,
        hooked(server.address, hook(**{point: lambda session: Reply(LARGE)})) as daemon,
        daemon.connect() as client,
    ):
        assert until_end(client) == (LARGE, CLOSED)


def test_a_large_request_is_answered_once_and_goes_nowhere() -> None:
    """What a client sends in one go may be more calls than one; each is answered, none passed on."""
    question = b"Q" * (1 << 20)
    sizes = Notes()

    def answer(message: Message) -> Message | Reply:
        if not message.to_backend:
            return message
        sizes.note(len(message))
        return Reply(b"." * len(message))

    with witnesses(same) as server, hooked(server.address, hook(incoming=answer)) as daemon, daemon.connect() as client:
        sender = threading.Thread(target=client.sendall, args=(question,))
        sender.start()
        assert receive_exactly(client, len(question)) == b"." * len(question)
        sender.join()
        assert sum(sizes) == len(question)
        assert server.witness().data == b""


def pour(sock: socket.socket) -> None:
    """A backend that sends `STREAM` at once, and then waits for the client's end."""
    sock.sendall(STREAM)
    assert receive_all(sock) == b""


def wait_stuck(daemon: Running) -> None:
    """Waits until nothing more goes to the client, who does not read, of the only session."""
    daemon.wait_until(lambda: daemon.proxy.sessions)
    (session,) = daemon.proxy.sessions.values()
    looks = [0]

    def stuck() -> bool:
        looks.append(session.bytes(False))
        return looks[-1] > 0 and len(looks) > LOOKS and len(set(looks[-LOOKS:])) == 1

    daemon.wait_until(stuck, "the end of the backend's sending")


def mixed(client: socket.socket) -> bytes:
    """What the client gets: the stream and the reply, each whole, and the reply in one piece."""
    data = receive_exactly(client, len(STREAM) + len(LARGE))
    assert re.fullmatch(rb"B*R+B*", data), "the reply is in pieces"
    assert (data.count(b"B"), data.count(b"R")) == (len(STREAM), len(LARGE))
    return data


def test_a_reply_comes_after_what_the_event_loop_was_sending() -> None:
    """Only the handler's calls, to the backend, have a hook; the other direction is relayed in the event loop."""
    with (
        backend(pour) as server,
        running(server.address, "100:tests.hooks.own.Answering") as daemon,
        daemon.connect() as client,
    ):
        wait_stuck(daemon)
        (session,) = daemon.proxy.sessions.values()
        read = session.flows[False].bytes
        client.sendall(b"hello")
        daemon.wait_until(lambda: session.flows[False].held)
        assert mixed(client).index(b"R") == read, "what was read before comes first"


def test_a_reply_is_not_put_into_the_middle_of_what_a_handler_was_sending() -> None:
    """The handler of the other flow waits in a write when the hook replies."""
    sizes: list[int] = []
    asked = Notes()

    def answer(call: Call) -> Reply:
        asked.note("asked")
        return Reply(LARGE)

    def began(call: Call) -> None:
        if not call.to_backend:
            sizes.append(len(call.data))

    hooks = [hook("answers", before=to_backend(answer)), hook("notes", before=began)]
    with (
        backend(pour) as server,
        hooked(server.address, *hooks) as daemon,
        daemon.connect() as client,
    ):
        wait_stuck(daemon)
        client.sendall(b"hello")
        asked.wait(1)
        ends = {sum(sizes[:count]) for count in range(len(sizes) + 1)}
        assert mixed(client).index(b"R") in ends, "it is in the middle of a message"


def test_a_reply_while_a_handler_waits_in_send() -> None:
    """What it sends in several goes may be parted by the reply; the reply itself is in one piece."""
    asked = Notes()

    def answer(call: Call) -> Reply:
        asked.note("asked")
        return Reply(LARGE)

    with (
        backend(pour) as server,
        hooked(server.address, hook(before=to_backend(answer)), behavior="100:tests.hooks.own.Sending") as daemon,
        daemon.connect() as client,
    ):
        wait_stuck(daemon)
        client.sendall(b"hello")
        asked.wait(1)
        mixed(client)
