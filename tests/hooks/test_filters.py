"""What filters make of messages: longer, shorter, empty, in pieces; each byte filtered once, and none lost."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.handlers.tools import CLOSED, ask, handled, same, until_end, witnesses
from tests.hooks.tools import Notes, hook, hooked, to_backend
from tests.peers import receive_exactly
from vaurien.call import Call
from vaurien.hooks import Message, Reply

OWN = "tests.hooks.own"
Filter = Callable[[Message], Any]


def one_way(function: Callable[[bytes], bytes], forth: bool = True) -> Filter:
    """A filter of the bytes of one direction."""
    return lambda message: message.with_data(function(message.data)) if message.to_backend == forth else message


CHANGES: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("longer", lambda data: data * 3),
    ("shorter", lambda data: data[:2]),
    ("other", lambda data: data.upper()),
    ("much longer", lambda data: data * 40000),
]


@pytest.mark.parametrize("forth", [True, False])
@pytest.mark.parametrize("point", ["incoming", "outgoing"])
@pytest.mark.parametrize(("what", "change"), CHANGES, ids=[what for what, _ in CHANGES])
def test_what_a_filter_returns_is_what_arrives(
    point: str, what: str, change: Callable[[bytes], bytes], forth: bool
) -> None:
    expected = change(b"hello")
    with (
        witnesses(same) as server,
        hooked(server.address, hook(**{point: one_way(change, forth)})) as daemon,
        daemon.connect() as client,
    ):
        for count in (1, 2):
            if forth:
                client.sendall(b"hello")
                assert server.witness().wait_data(count * len(expected)) == expected * count
                assert receive_exactly(client, len(expected)) == expected
            else:
                # What comes is cut into calls anywhere, so it is asked for in one piece.
                assert ask(client, b"hello", len(expected)) == expected
                assert server.witness().data == b"hello" * count


@pytest.mark.parametrize("point", ["incoming", "outgoing"])
def test_an_empty_message_goes_nowhere_and_the_session_goes_on(point: str) -> None:
    notes = Notes()
    drop = one_way(lambda data: b"" if data == b"hello" else data)
    counting = hook("counts", after=to_backend(lambda call: notes.note("over")))
    with (
        witnesses(same) as server,
        hooked(server.address, hook(**{point: drop}), counting) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        notes.wait(1)
        assert ask(client, b"again") == b"again"
        assert server.witness().data == b"again"
        # Where nothing is left of what was read, the handler is not called.
        assert handled(daemon, "dummy")[True] == (1 if point == "incoming" else 2)


def test_filters_are_asked_in_order_each_with_what_the_last_returned() -> None:
    hooks = [
        hook("three", 3, incoming=one_way(lambda data: data + b"3"), outgoing=one_way(lambda data: data + b"6")),
        hook("one", 1, incoming=one_way(lambda data: data + b"1"), outgoing=one_way(lambda data: data + b"4")),
        hook("two", 2, incoming=one_way(lambda data: data + b"2"), outgoing=one_way(lambda data: data + b"5")),
    ]
    with witnesses(same) as server, hooked(server.address, *hooks) as daemon, daemon.connect() as client:
        assert ask(client, b"0", 7) == b"0123456"


@pytest.mark.parametrize("how", ["recv", "recv_into", "peek"])
def test_a_handler_that_reads_a_part_gets_the_rest_in_further_calls(how: str, notes: Notes) -> None:
    filtered: list[bytes] = []
    waiting: list[bytes] = []
    changed = one_way(lambda data: filtered.append(data) or data.upper())  # type: ignore[func-returns-value]
    with (
        witnesses(same) as server,
        hooked(
            server.address,
            hook(incoming=changed),
            hook(before=to_backend(lambda call: waiting.append(call.data))),
            behavior=f"100:{OWN}.Partly",
            options={"partly.how": how},
        ) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"abcdefgh") == b"ABCDEFGH"
        assert list(notes) == [b"ABC", b"DEF", b"GH"]
        assert filtered == [b"abcdefgh"], "nothing is filtered twice"
        assert waiting == [b"abcdefgh", b"DEFGH", b"GH"]
        assert handled(daemon, "partly") == [0, 3]
        client.sendall(b"ijklm")
        client.shutdown(socket.SHUT_WR)
        assert server.witness().wait_end() == (b"ABCDEFGHIJKLM", CLOSED), "the end comes after the rest"
        assert until_end(client) == (b"IJKLM", CLOSED)


def test_the_rest_survives_that_its_filter_is_taken_away(notes: Notes) -> None:
    upper = hook(incoming=one_way(bytes.upper))

    def take_away(call: Call) -> None:
        if call.ordinal == 1:
            daemon.proxy.hooks.remove(upper)

    with (
        witnesses(same) as server,
        hooked(server.address, upper, hook(after=to_backend(take_away)), behavior=f"100:{OWN}.Partly") as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"abcdefgh") == b"ABCDEFGH"
        assert ask(client, b"ijk") == b"ijk", "nothing filters any more"


def test_a_reply_in_place_of_the_rest_drops_it(notes: Notes) -> None:
    """The rest was read already, by the filter; what the client sends next was not, and goes on."""
    upper = hook(incoming=one_way(bytes.upper))
    answers = hook(before=to_backend(lambda call: Reply(b"rest") if call.ordinal == 2 else None))
    with (
        witnesses(same) as server,
        hooked(server.address, upper, answers, behavior=f"100:{OWN}.Partly") as daemon,
        daemon.connect() as client,
    ):
        assert sorted(ask(client, b"abcdefgh", 7)) == sorted(b"ABCrest")
        assert ask(client, b"ijk") == b"IJK"
        assert server.witness().data == b"ABCIJK"


def test_what_a_handler_reads_later_in_its_call_is_filtered_too() -> None:
    filtered = Notes()
    changed = one_way(lambda data: filtered.note(data) or data.upper())  # type: ignore[func-returns-value]
    with (
        witnesses(same) as server,
        hooked(server.address, hook(incoming=changed), behavior=f"100:{OWN}.Waiting") as daemon,
        daemon.connect() as client,
    ):
        for count, piece in enumerate([b"one ", b"two ", b"three\n"], 1):
            client.sendall(piece)
            filtered.wait(count)
        assert receive_exactly(client, 14) == b"ONE TWO THREE\n"
        assert handled(daemon, "waiting") == [0, 1]


def test_a_filter_may_answer_and_drop_what_a_handler_reads_later() -> None:
    def answer(message: Message) -> Message | Reply:
        if message.data == b"quit":
            return Reply(b"never")
        return message.with_data(b"") if message.data == b"drop" else message

    filtered = Notes()
    noting_ = one_way(lambda data: filtered.note(data) or data)  # type: ignore[func-returns-value]
    hooks = [hook("notes", incoming=noting_), hook("answers", incoming=answer)]
    with (
        witnesses(same) as server,
        hooked(server.address, *hooks, behavior=f"100:{OWN}.Waiting") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"one ")
        filtered.wait(1)
        client.sendall(b"drop")
        filtered.wait(2)
        assert ask(client, b"quit", 5) == b"never"
        assert ask(client, b"two\n", 8) == b"one two\n"
        assert server.witness().data == b"one two\n"


@pytest.mark.parametrize("how", ["send", "sendall"])
def test_each_write_of_a_handler_is_a_message(how: str) -> None:
    filtered = Notes()
    changed = one_way(lambda data: filtered.note(data) or data * 2)  # type: ignore[func-returns-value]
    with (
        witnesses(same) as server,
        hooked(
            server.address, hook(outgoing=changed), behavior=f"100:{OWN}.Waiting", options={"waiting.how": how}
        ) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"abcdefghi\n", 20) == b"abcdabcdefghefghi\ni\n"
        assert list(filtered) == [b"abcd", b"efgh", b"i\n"]
        assert all(isinstance(data, bytes) for data in filtered), "whatever the handler writes"


def test_a_filter_may_answer_in_place_of_a_write() -> None:
    def answer(message: Message) -> Message | Reply:
        return Reply(b"<" + message.data + b">") if message.data == b"efgh" else message

    with (
        witnesses(same) as server,
        hooked(server.address, hook(outgoing=answer), behavior=f"100:{OWN}.Waiting") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"abcdefghi\n")
        assert server.witness().wait_data(6) == b"abcdi\n"
        assert sorted(receive_exactly(client, 12)) == sorted(b"abcd<efgh>i\n")
