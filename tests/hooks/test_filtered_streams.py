"""Streams through filters: any bytes in any pieces, bulk, many sessions, half-closes and resets."""

import random
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gevent
import pytest

from tests.handlers.tools import CLOSED, RESET, ask, same, until_end, wait_no_session, witnesses
from tests.hooks.tools import Notes, hook, hooked
from tests.path.tools import body, reset
from tests.peers import backend, receive_all, receive_exactly
from vaurien.hooks import Hook, Message

SWAP = bytes(range(255, -1, -1))
"""A table that makes each byte another, and done twice the same again."""


class Counting(Hook):
    """Filters that change every byte on its way there, and back again on its way home; they count what they see."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = {(point, way): 0 for point in ("incoming", "outgoing") for way in (True, False)}

    def incoming(self, message: Message) -> Message:
        self.seen["incoming", message.to_backend] += len(message)
        return message.with_data(message.data.translate(SWAP))

    def outgoing(self, message: Message) -> Message:
        self.seen["outgoing", message.to_backend] += len(message)
        return message


def in_pieces(sock: socket.socket, data: bytes, seed: int) -> None:
    """Sends `data` in pieces of any size."""
    chance = random.Random(seed)
    while data:
        size = chance.choice([1, 2, 1000, 65535, 65536, 65537, 300000])
        sock.sendall(data[:size])
        data = data[size:]


@pytest.mark.parametrize("behavior", ["", "100:tests.hooks.own.Partly", "50:delay"])
def test_every_byte_is_filtered_once_and_arrives_in_order(behavior: str, notes: Notes) -> None:
    data = body(300 if "Partly" in behavior else 3_000_000)
    counting = Counting()
    with (
        witnesses(same) as server,
        hooked(server.address, counting, behavior=behavior, options={"delay.sleep": 0}, seed=3) as daemon,
        daemon.connect() as client,
    ):
        sender = threading.Thread(target=in_pieces, args=(client, data, 1))
        sender.start()
        assert receive_exactly(client, len(data)) == data
        sender.join()
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end() == (data.translate(SWAP), CLOSED)
        assert counting.seen == dict.fromkeys(counting.seen, len(data))


def test_what_comes_in_one_go_is_filtered_as_it_comes(notes: Notes) -> None:
    """Pipelined requests are one message for TCP, which knows no requests: none is lost, none is doubled."""
    questions = b"".join(b"question %d\n" % number for number in range(5000))
    with (
        witnesses(same) as server,
        hooked(server.address, Counting()) as daemon,
        daemon.connect() as client,
    ):
        sender = threading.Thread(target=client.sendall, args=(questions,))
        sender.start()
        assert receive_exactly(client, len(questions)) == questions
        sender.join()


def test_many_sessions_at_once_each_get_their_own() -> None:
    counting = Counting()
    with witnesses(same) as server, hooked(server.address, counting) as daemon, ExitStack() as stack:
        clients = [stack.enter_context(daemon.connect()) for _ in range(100)]
        for _ in range(3):
            for number, client in enumerate(clients):
                client.sendall(b"%06d" % number)
            for number, client in enumerate(clients):
                assert receive_exactly(client, 6) == b"%06d" % number
        stack.close()
        wait_no_session(daemon)
        assert counting.seen["outgoing", False] == 100 * 3 * 6
        daemon.wait_until(lambda: not daemon.proxy.killed)


def test_a_reply_comes_through_the_filters_after_the_client_has_half_closed() -> None:
    def answer_at_the_end(sock: socket.socket) -> None:
        sock.sendall(receive_all(sock)[::-1])

    upper = hook(
        incoming=lambda message: message.with_data(message.data.upper()),
        outgoing=lambda message: message.with_data(message.data + b"."),
    )
    with backend(answer_at_the_end) as server, hooked(server.address, upper) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b".OLLEH.", CLOSED)
        wait_no_session(daemon)


def test_the_end_is_no_message() -> None:
    """Filters see bytes, never the end of the stream."""
    notes = Notes()
    noting = hook(incoming=lambda message: notes.note(message) or message)  # type: ignore[func-returns-value]
    with witnesses(same) as server, hooked(server.address, noting) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"", CLOSED)
        wait_no_session(daemon)
        assert list(notes) == [Message(b"hello", True), Message(b"hello", False)]


def resets_after_a_question(sock: socket.socket) -> None:
    receive_exactly(sock, 5)
    reset(sock)


def test_a_reset_of_the_backend_is_one_of_the_client() -> None:
    with (
        backend(resets_after_a_question) as server,
        hooked(server.address, Counting()) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client) == (b"", RESET)
        wait_no_session(daemon)


def test_a_reset_of_the_client_is_one_of_the_backend() -> None:
    with witnesses(same) as server, hooked(server.address, Counting()) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        reset(client)
        assert server.witness().wait_end()[1] == RESET
        wait_no_session(daemon)


def held(point: str) -> tuple[Hook, Notes, threading.Event]:
    """A hook that waits, at the first request, until it is told to go on."""
    notes, go = Notes(), threading.Event()

    def wait(told: Any) -> Any:
        if told.to_backend and not notes:
            notes.note("waits")
            while not go.is_set():
                gevent.sleep(0.001)
        return told if isinstance(told, Message) else None

    return hook(**{point: wait}), notes, go


@pytest.mark.parametrize("point", ["before", "incoming", "outgoing"])
def test_the_client_resets_while_a_hook_waits(point: str) -> None:
    """The session ends in peace, and the other peer is reset too."""
    waiting, notes, go = held(point)
    with witnesses() as server, hooked(server.address, waiting, Counting()) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        notes.wait(1)
        reset(client)
        go.set()
        assert server.witness().wait_end()[1] == RESET
        wait_no_session(daemon)
        daemon.wait_until(lambda: not daemon.proxy.killed, "the end of the call")


@pytest.mark.parametrize("point", ["before", "incoming", "outgoing"])
def test_the_backend_resets_while_a_hook_waits(point: str) -> None:
    """The other flow sees it, and the session ends at once, with the hook that waits."""
    waiting, notes, _ = held(point)

    def serve(sock: socket.socket) -> None:
        notes.wait(1)
        reset(sock)

    with backend(serve) as server, hooked(server.address, waiting, Counting()) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        assert until_end(client) == (b"", RESET)
        wait_no_session(daemon)
        daemon.wait_until(lambda: not daemon.proxy.killed, "the end of the call")


@pytest.mark.parametrize("filters", [True, False])
def test_a_client_on_a_unix_socket_closes_in_good_order(tmp_path: Path, filters: bool) -> None:
    hooks = [Counting()] if filters else [hook(before=lambda call: None)]
    with witnesses(same) as server, hooked(server.address, *hooks, local=f"unix:{tmp_path}/s") as daemon:
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
        assert server.witness().wait_end()[1] == CLOSED
        wait_no_session(daemon)
