"""memcached: where requests and replies end, and which belong together, also where some are never answered."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheClientError, MemcacheServerError, MemcacheUnknownCommandError

from tests.protocols.cutting import Step, bytewise, client, in_pieces, server, survives, talked, together
from tests.protocols.relay import plain, relay
from tests.servers.memcached import Memcached as Server
from vaurien.protocols.memcached import Memcached
from vaurien.protocols.memcached.conversation import LONGEST_LINE

Expected = list[tuple[str, bytes, str | None]]

SESSIONS: dict[str, tuple[list[Step], Expected]] = {
    "get": (
        [client(b"get user:1\r\n"), server(b"VALUE user:1 0 5\r\nEND\r\n\r\nEND\r\n"), client(b"gets a b\r\n"),
         server(b"END\r\n")],
        [("get user:1", b"get user:1\r\n", None),
         ("VALUE user:1", b"VALUE user:1 0 5\r\nEND\r\n\r\nEND\r\n", "get user:1"),
         ("gets a b", b"gets a b\r\n", None), ("END", b"END\r\n", "gets a b")],
    ),
    "several keys": (
        [client(b"gat 9 a b\r\n"), server(b"VALUE a 0 0\r\n\r\nVALUE b 1 2 77\r\n\r\n\r\nEND\r\n"),
         client(b"version\r\n"), server(b"VERSION 1.6\r\n")],
        [("gat 9 a b", b"gat 9 a b\r\n", None),
         ("VALUE a", b"VALUE a 0 0\r\n\r\nVALUE b 1 2 77\r\n\r\n\r\nEND\r\n", "gat 9 a b"),
         ("version", b"version\r\n", None), ("VERSION", b"VERSION 1.6\r\n", "version")],
    ),
    "stores": (
        [client(b"set k 0 0 7\r\nget a\r\n\r\n"), server(b"STORED\r\n"), client(b"cas k 0 0 1 5 noreply\r\n\n\r\n"),
         client(b"incr k 1\r\n"), server(b"12\r\n"), client(b"set k 0 0 x\r\n"),
         server(b"CLIENT_ERROR bad command line format\r\n"), client(b"delete k noreply\r\n"), client(b"quit\r\n")],
        [("set k", b"set k 0 0 7\r\nget a\r\n\r\n", None), ("STORED", b"STORED\r\n", "set k"),
         ("cas k", b"cas k 0 0 1 5 noreply\r\n\n\r\n", None), ("incr k", b"incr k 1\r\n", None),
         ("number", b"12\r\n", "incr k"), ("set k", b"set k 0 0 x\r\n", None),
         ("CLIENT_ERROR bad command line format", b"CLIENT_ERROR bad command line format\r\n", "set k"),
         ("delete k", b"delete k noreply\r\n", None), ("quit", b"quit\r\n", None)],
    ),
    "lists": (
        [client(b"stats\r\n"), server(b"STAT pid 1\r\nSTAT x END\r\nEND\r\n"), client(b"stats reset\r\n"),
         server(b"RESET\r\n"), client(b"lru_crawler metadump all\r\n"), server(b"key=a exp=-1\nkey=b exp=-1\nEND\r\n"),
         client(b"verbosity 1\n"), server(b"OK\r\n")],
        [("stats", b"stats\r\n", None), ("STAT", b"STAT pid 1\r\nSTAT x END\r\nEND\r\n", "stats"),
         ("stats reset", b"stats reset\r\n", None), ("RESET", b"RESET\r\n", "stats reset"),
         ("lru_crawler metadump", b"lru_crawler metadump all\r\n", None),
         ("key=a", b"key=a exp=-1\nkey=b exp=-1\nEND\r\n", "lru_crawler metadump"),
         ("verbosity 1", b"verbosity 1\n", None), ("OK", b"OK\r\n", "verbosity 1")],
    ),
    "meta": (
        [client(b"mg a v\r\n"), server(b"VA 4\r\nEN\r\n\r\n"), client(b"ms a 3 T9\r\nabc\r\n"), server(b"HD\r\n"),
         client(b"mg a v q k\r\nmg b v q k\r\nmg c v q k\r\nmn\r\n"), server(b"VA 2 kb\r\nhi\r\n"), server(b"MN\r\n"),
         client(b"md a q\r\nms b 2 q O1\r\nhi\r\nms b 2 q O2\r\nhi\r\nget a\r\n"), server(b"NS O2\r\n"),
         server(b"END\r\n")],
        [("mg a", b"mg a v\r\n", None), ("VA", b"VA 4\r\nEN\r\n\r\n", "mg a"),
         ("ms a", b"ms a 3 T9\r\nabc\r\n", None), ("HD", b"HD\r\n", "ms a"),
         ("mg a", b"mg a v q k\r\n", None), ("mg b", b"mg b v q k\r\n", None), ("mg c", b"mg c v q k\r\n", None),
         ("mn", b"mn\r\n", None), ("VA", b"VA 2 kb\r\nhi\r\n", "mg b"), ("MN", b"MN\r\n", "mn"),
         ("md a", b"md a q\r\n", None), ("ms b", b"ms b 2 q O1\r\nhi\r\n", None),
         ("ms b", b"ms b 2 q O2\r\nhi\r\n", None), ("get a", b"get a\r\n", None),
         ("NS", b"NS O2\r\n", "ms b"), ("END", b"END\r\n", "get a")],
    ),
    "nonsense": (
        [client(b"\r\n"), server(b"ERROR\r\n"), client(b"hello there\r\n"), server(b"ERROR\r\n")],
        [("", b"\r\n", None), ("ERROR", b"ERROR\r\n", ""), ("hello there", b"hello there\r\n", None),
         ("ERROR", b"ERROR\r\n", "hello there")],
    ),
}  # fmt: skip

TURNS: dict[str, Callable[[list[Step]], list[Step]]] = {
    "whole": list,
    "byte by byte": bytewise,
    "with trailing bytes": lambda steps: in_pieces(steps, lambda: 7),
}


def shape(steps: list[Step]) -> tuple[Expected, str]:
    conversation = Memcached().conversation()
    made = talked(conversation, steps)
    assert all(message.ended and message.final for message in made)
    assert not conversation.waiting or not conversation.expected()
    return [(message.name, message.data, message.to) for message in made], conversation.plain


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("session", SESSIONS)
def test_messages(session: str, turns: str) -> None:
    steps, expected = SESSIONS[session]
    assert shape(TURNS[turns](steps)) == (expected, "")


@pytest.mark.parametrize("session", SESSIONS)
def test_pipelined(session: str) -> None:
    steps, expected = SESSIONS[session]
    made, plain = shape(together(steps))
    requests = [message for (side, _), message in zip(steps, expected, strict=False) if side]
    assert not plain and len(made) == len(expected) and requests
    assert sorted(made, key=str) == sorted(expected, key=str)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SESSIONS)), st.integers(1, 40), st.randoms(use_true_random=False))
def test_messages_in_random_pieces(session: str, most: int, source: random.Random) -> None:
    steps, expected = SESSIONS[session]
    assert shape(in_pieces(steps, lambda: source.randint(1, most))) == (expected, "")


def test_what_a_message_is_matched_by() -> None:
    conversation = Memcached().conversation()
    (part,) = conversation.requests(b"set user:1 0 0 1\r\na\r\n")
    assert part.message and part.message.command == "set" and dict(part.message.fields) == {"key": "user:1"}
    (part,) = conversation.replies(b"SERVER_ERROR out of memory storing object\r\n")
    assert part.message and part.message.command == "SERVER_ERROR"
    assert part.message.name == "SERVER_ERROR out of memory storing object"


def test_large_values_stream_and_are_not_copied() -> None:
    conversation = Memcached().conversation()
    (first,) = conversation.requests(b"set k 0 0 200000\r\n")
    block = b"x" * 100_000
    for data, last in ((block, False), (block, False), (b"\r\n", True)):
        (part,) = conversation.requests(data)
        assert part.data is data and part.message is first.message and part.last is last
    conversation.replies(b"STORED\r\n")
    conversation.requests(b"get k\r\n")
    (first,) = conversation.replies(b"VALUE k 0 100000\r\n")
    (part,) = conversation.replies(block)
    assert part.data is block and not part.last
    (part,) = conversation.replies(b"\r\nEND\r\n")
    assert part.last and part.message is first.message


def test_a_request_for_very_many_keys_streams() -> None:
    conversation = Memcached().conversation()
    line = b"get " + b" ".join(b"key:%d" % number for number in range(20_000)) + b"\r\n"
    parts = [part for place in range(0, len(line), 5000) for part in conversation.requests(line[place : place + 5000])]
    assert len({part.message for part in parts}) == 1 and [part.last for part in parts].count(True) == 1
    assert b"".join(part.data for part in parts) == line and parts[-1].last
    assert parts[0].message and parts[0].message.name.startswith("get key:0 key:1")


def test_what_nobody_waits_for_cannot_be_answered_for() -> None:
    conversation = Memcached().conversation()
    lines = b"set a 0 0 1 noreply\r\nx\r\nget a\r\nmg a v q\r\nmn\r\nget b\r\nquit\r\n"
    messages = [part.message for part in conversation.requests(lines)]
    assert [message.answerable for message in messages if message] == [False, True, False, False, True, False]
    assert len(conversation.waiting) == 4


def test_a_line_that_nobody_asked_for() -> None:
    (part,) = Memcached().conversation().replies(b"ERROR Too many open connections\r\n")
    assert part.message and part.message.request is None and part.message.command == "ERROR"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x80\x00", "memcached's binary protocol"),
        (b"\x16\x03\x01", "TLS"),
        (b"\x00", "no memcached"),
        (b"watch fetchers\r\n", "a log is watched"),
        (b"x" * (LONGEST_LINE + 1), "a line of more than"),
    ],
)
@pytest.mark.parametrize("turns", [list, bytewise])
def test_what_is_no_text_protocol_passes(data: bytes, reason: str, turns: Callable[[list[Step]], list[Step]]) -> None:
    conversation = Memcached().conversation()
    before = b"get a\r\n"
    made = talked(conversation, turns([client(before), client(data)]))
    assert reason in conversation.plain and made[0].data == before and {cut.name for cut in made[1:]} == {""}


PIECES = st.sampled_from([data for steps, _ in SESSIONS.values() for _, data in steps])
BYTES = st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=6).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), BYTES), max_size=8))
def test_no_bytes_make_it_raise_or_hold_more_than_a_line(steps: list[Step]) -> None:
    survives(Memcached().conversation(), steps, LONGEST_LINE)


def test_pymemcache(memcached_server: Server) -> None:
    with relay(Memcached(), memcached_server.port) as through:
        cache = Client(("127.0.0.1", through.port), default_noreply=False)
        for size in (0, 3, 70_000):
            assert cache.set("a", b"\r" * size) and cache.get("a") == b"\r" * size
        many = {f"many:{number}": b"END\r\n" * number for number in range(300)}
        assert cache.set_many(many) == [] and cache.get_many(list(many)) == many
        assert cache.set("b", b"x", noreply=True) and cache.incr("c", 1) is None and cache.delete("c") is False
        _, token = cache.gets("b")
        assert cache.cas("b", b"5", token) and cache.incr("b", 2) == 7 and cache.touch("b", 9)
        assert cache.add("b", b"1") is False and cache.append("b", b"1") and cache.get("b") == b"71"
        assert cache.stats()[b"pid"] and cache.version() and cache.flush_all() and cache.get("a") is None
        cache.quit()
    assert not plain(through)
    (session,) = through.sessions
    replies = [cut for cut in session.cuts if not cut.to_backend]
    requests = [cut for cut in session.cuts if cut.to_backend]
    assert len(requests) == len(replies) + 2 and all(reply.to is not None for reply in replies)
    source = random.Random(1)
    steps = [(side, data[:500]) for side, data in session.steps[:100]]
    survives(Memcached().conversation(), in_pieces(steps, lambda: source.randint(1, 900)), LONGEST_LINE)


@pytest.mark.parametrize(
    ("choice", "exception", "words"),
    [
        ("out_of_memory", MemcacheServerError, "out of memory storing object"),
        ("backend_failure", MemcacheServerError, "backend failure"),
        ("timeout", MemcacheServerError, "timeout"),
        ("too_large", MemcacheServerError, "object too large for cache"),
        ("bad_format", MemcacheClientError, "bad command line format"),
        ("bad_chunk", MemcacheClientError, "bad data chunk"),
        ("unknown", MemcacheUnknownCommandError, None),
        ("too_many", MemcacheUnknownCommandError, None),
    ],
)
def test_errors(memcached_server: Server, choice: str, exception: type[Exception], words: str | None) -> None:
    Memcached().check("errors", choice)
    decide = lambda message: choice if message.fields.get("key") == "bad" else None  # noqa: E731
    with relay(Memcached(), memcached_server.port, decide) as through:
        cache = Client(("127.0.0.1", through.port), default_noreply=False)
        assert cache.set("good", b"1")
        with pytest.raises(exception, match=words):
            cache.set("bad", b"x" * 100_000)
        assert cache.get("good") == b"1"
        cache.close()


def test_a_refused_request_among_others() -> None:
    protocol = Memcached()
    conversation = protocol.conversation()
    first, second, third = (part.message for part in conversation.requests(b"get a\r\nget b\r\nget c\r\n"))
    assert first and second and third
    conversation.refuse(second, protocol.error(second, "out_of_memory", conversation, {}, random.Random(1)))
    assert second.answer == b"SERVER_ERROR out of memory writing get response\r\n"
    ours, theirs = conversation.replies(b"END\r\nEND\r\n")
    assert ours.message and ours.message.request is first and theirs.message and theirs.message.request is third


def test_what_is_no_error_of_its_own() -> None:
    with pytest.raises(ValueError, match=r"expected one of out_of_memory, too_large, .*, not 'LOADING'"):
        Memcached().check("errors", "LOADING")
    with pytest.raises(ValueError, match="memcached has no codes"):
        Memcached().check("codes", "503")
