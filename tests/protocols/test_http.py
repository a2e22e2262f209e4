"""HTTP: where messages begin and end, what they are called, which reply belongs to which request."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.cutting import Step, bytewise, client, in_pieces, server, survives, talked, together
from vaurien.protocols.base import Message
from vaurien.protocols.http import Http
from vaurien.protocols.http.framing import LONGEST_HEAD

GET = b"GET /orders/7?full=1 HTTP/1.1\r\nHost: shop\r\nX-Request-Id: a1\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
POST = b"POST /orders HTTP/1.1\r\nHost: shop\r\ncontent-LENGTH: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"5\r\nhello\r\n6;a=b\r\n\r\n\r\n\r\n\r\n0\r\n\r\n"
TRAILERS = b"4\r\n\r\n\r\n\r\n0\r\nExpires: 0\r\nA: b\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\n\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"

Expected = list[tuple[str, bytes, str | None, bool]]

# What is said, in turns, and the messages that it is: name, bytes, the request's name, final.
SESSIONS: dict[str, tuple[list[Step], Expected]] = {
    "get": (
        [client(GET), server(OK), client(GET), server(OK)],
        [("GET /orders/7", GET, None, True), ("200 OK", OK, "GET /orders/7", True)] * 2,
    ),
    "post": (
        [client(POST), server(OK), client(GET)],
        [("POST /orders", POST, None, True), ("200 OK", OK, "POST /orders", True), ("GET /orders/7", GET, None, True)],
    ),
    "chunks both ways": (
        [
            client(b"PUT /a HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n" + CHUNKS),
            server(CHUNKED + CHUNKS),
            client(GET),
            server(CHUNKED + TRAILERS),
        ],
        [
            ("PUT /a", b"PUT /a HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n" + CHUNKS, None, True),
            ("200 OK", CHUNKED + CHUNKS, "PUT /a", True),
            ("GET /orders/7", GET, None, True),
            ("200 OK", CHUNKED + TRAILERS, "GET /orders/7", True),
        ],
    ),
    "head": (
        [client(HEAD), server(CHUNKED), client(HEAD), server(OK[:-3]), client(GET), server(OK)],
        [
            ("HEAD /", HEAD, None, True),
            ("200 OK", CHUNKED, "HEAD /", True),
            ("HEAD /", HEAD, None, True),
            ("200 OK", OK[:-3], "HEAD /", True),
            ("GET /orders/7", GET, None, True),
            ("200 OK", OK, "GET /orders/7", True),
        ],
    ),
    "no content": (
        [
            client(GET),
            server(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
            client(GET),
            server(b"HTTP/1.1 204 No Content\r\n\r\n"),
            client(GET),
            server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ],
        [
            ("GET /orders/7", GET, None, True),
            ("304 Not Modified", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET /orders/7", True),
            ("GET /orders/7", GET, None, True),
            ("204 No Content", b"HTTP/1.1 204 No Content\r\n\r\n", "GET /orders/7", True),
            ("GET /orders/7", GET, None, True),
            ("200 OK", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET /orders/7", True),
        ],
    ),
    "interim": (
        [
            client(POST),
            server(b"HTTP/1.1 100 Continue\r\n\r\n"),
            server(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
            server(OK),
        ],
        [
            ("POST /orders", POST, None, True),
            ("100 Continue", b"HTTP/1.1 100 Continue\r\n\r\n", "POST /orders", False),
            ("103 Early Hints", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "POST /orders", False),
            ("200 OK", OK, "POST /orders", True),
        ],
    ),
    "an upgrade that is not made": (
        [
            client(b"POST / HTTP/1.1\r\n" + UPGRADE + b"Content-Length: 2\r\n\r\nhi"),
            server(b"HTTP/1.1 200 OK\r\n" + UPGRADE + b"Content-Length: 0\r\n\r\n"),
            client(b"GET / HTTP/1.1\r\n" + UPGRADE + b"\r\n"),
            server(OK),
            client(b"CONNECT a:1 HTTP/1.1\r\n\r\n"),
            server(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
            client(GET),
        ],
        [
            ("POST /", b"POST / HTTP/1.1\r\n" + UPGRADE + b"Content-Length: 2\r\n\r\nhi", None, True),
            ("200 OK", b"HTTP/1.1 200 OK\r\n" + UPGRADE + b"Content-Length: 0\r\n\r\n", "POST /", True),
            ("GET /", b"GET / HTTP/1.1\r\n" + UPGRADE + b"\r\n", None, True),
            ("200 OK", OK, "GET /", True),
            ("CONNECT a:1", b"CONNECT a:1 HTTP/1.1\r\n\r\n", None, True),
            ("403 Forbidden", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "CONNECT a:1", True),
            ("GET /orders/7", GET, None, True),
        ],
    ),
}  # fmt: skip

TURNS: dict[str, Callable[[list[Step]], list[Step]]] = {
    "whole": list,
    "byte by byte": bytewise,
    "with trailing bytes": lambda steps: in_pieces(steps, lambda: 7),
    "at once": together,
    "at once, in pieces": lambda steps: in_pieces(together(steps), random.Random(3).randrange(1, 90).__int__),
}


def shape(steps: list[Step]) -> tuple[Expected, str]:
    conversation = Http().conversation()
    made = talked(conversation, steps)
    assert all(message.ended for message in made)
    return [(message.name, message.data, message.to, message.final) for message in made], conversation.plain


@pytest.mark.parametrize("turns", TURNS)
@pytest.mark.parametrize("session", SESSIONS)
def test_messages(session: str, turns: str) -> None:
    steps, expected = SESSIONS[session]
    made, plain = shape(TURNS[turns](steps))
    assert not plain
    if "at once" in turns:
        key = lambda message: message[2] is not None  # noqa: E731
        assert sorted(made, key=key) == sorted(expected, key=key)
    else:
        assert made == expected


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SESSIONS)), st.integers(1, 60), st.randoms(use_true_random=False))
def test_messages_in_random_pieces(session: str, most: int, source: random.Random) -> None:
    steps, expected = SESSIONS[session]
    assert shape(in_pieces(steps, lambda: source.randint(1, most))) == (expected, "")


def test_pipelined_requests_are_one_message_each() -> None:
    conversation = Http().conversation()
    requests = [part.message for part in conversation.requests(GET + HEAD + POST + GET)]
    assert [request.name for request in requests if request] == [
        "GET /orders/7",
        "HEAD /",
        "POST /orders",
        "GET /orders/7",
    ]
    replies = conversation.replies(OK + OK[:-3] + CHUNKED + CHUNKS + OK)
    assert [part.message.request for part in replies if part.message] == requests


def test_a_large_body_streams_and_is_not_copied() -> None:
    conversation = Http().conversation()
    head = b"POST /big HTTP/1.1\r\nContent-Length: 300000\r\n\r\n"
    (first,) = conversation.requests(head)
    assert first.message and (first.data, first.last, first.now) == (head, False, False)
    block = b"x" * 100_000
    for last in (False, False, True):
        (part,) = conversation.requests(block)
        assert part.data is block and part.message is first.message and part.last is last
    conversation.replies(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    block = b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
    (part,) = conversation.replies(block)
    assert part.data is block and not part.last
    (part,) = conversation.replies(b"0\r\n\r\n")
    assert part.last and conversation.expected() is None


def test_a_client_that_waits_for_leave_says_so() -> None:
    conversation = Http().conversation()
    head = b"POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n"
    (part,) = conversation.requests(head)
    assert part.now and not part.last
    (part,) = conversation.requests(b"ab")
    assert not part.now and part.last
    (part,) = conversation.requests(head + b"ab")
    assert not part.now and part.last


def test_a_reply_without_a_length_lasts_until_the_backend_closes() -> None:
    conversation = Http().conversation()
    conversation.requests(GET)
    (part,) = conversation.replies(b"HTTP/1.0 200 OK\r\n\r\nabc")
    assert part.message and part.message.final and not part.last
    (part,) = conversation.replies(GET)
    assert part.data is GET and not part.last and not conversation.plain


def test_a_reply_that_nobody_asked_for() -> None:
    conversation = Http().conversation()
    (part,) = conversation.replies(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    assert part.message and part.message.request is None and part.message.name == "408 Request Timeout" and part.last


def test_a_reply_may_come_before_the_request_has_ended() -> None:
    conversation = Http().conversation()
    (first,) = conversation.requests(POST[:-2])
    (reply,) = conversation.replies(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
    assert reply.message and reply.message.request is first.message
    rest, following = conversation.requests(POST[-2:] + GET)
    assert rest.message is first.message and rest.last and following.message is conversation.expected()


def test_refused_requests_have_no_reply() -> None:
    protocol = Http()
    conversation = protocol.conversation()
    first, second, third = (part.message for part in conversation.requests(GET + POST + HEAD))
    assert first and second and third
    conversation.refuse(second, protocol.error(second, "503", conversation, {}, random.Random(1)))
    ours, theirs = conversation.replies(OK + OK[:-3])
    assert ours.message and ours.message.request is first and theirs.message and theirs.message.request is third


def test_blank_lines_between_messages_belong_to_none() -> None:
    conversation = Http().conversation()
    parts = conversation.requests(b"\r\n" + GET + b"\r\n") + conversation.requests(b"\r\n" + GET)
    assert [part.message.name if part.message else None for part in parts] == [
        None, "GET /orders/7", None, None, "GET /orders/7",
    ]  # fmt: skip
    assert not conversation.plain


@pytest.mark.parametrize(
    ("request_bytes", "reply", "reason"),
    [
        (b"GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
         b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "upgraded"),
        (b"GET /chat HTTP/1.1\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "upgraded"),
        (b"CONNECT a:443 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", "tunnel"),
        (b"CONNECT a:443 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "tunnel"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("turns", [list, bytewise])
def test_another_protocol_begins_after_the_reply(
    request_bytes: bytes, reply: bytes, reason: str, turns: Callable[[list[Step]], list[Step]]
) -> None:
    conversation = Http().conversation()
    made = talked(
        conversation, turns([client(request_bytes), server(reply + b"\x81\x00"), client(b"\x81\x80"), client(GET)])
    )
    assert reason in conversation.plain
    assert [(cut.data, cut.final, cut.ended) for cut in made[:2]] == [(request_bytes, True, True), (reply, True, True)]
    assert b"".join(cut.data for cut in made[2:] if not cut.name) == b"\x81\x00\x81\x80" + GET


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x16\x03\x01\x02\x00", "TLS"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"),
        (b"PING\r\n", "no HTTP/1"),
        (b"*1\r\n$4\r\nPING\r\n", "no HTTP/1"),
        (b"GET /a\r\n\r\n", "names no version"),
        (b"OPTIONS * RTSP/1.0\r\n\r\n", "names no version"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "Content-Length"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * LONGEST_HEAD, "a head of more than"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * LONGEST_HEAD + b"\r\n\r\n", "a head of more than"),
    ],
)
def test_what_is_no_http_passes(data: bytes, reason: str) -> None:
    for steps in ([client(data)], bytewise([client(data[:4000])] + [client(data[4000:])] * bool(data[4000:]))[:4000]):
        conversation = Http().conversation()
        made = talked(conversation, steps)
        if len(data) < 4000:
            assert reason in conversation.plain
            assert all(cut.name == "" for cut in made)
        elif len(steps) == 1:
            assert reason in conversation.plain


def test_what_came_before_the_end_of_http_is_cut_all_the_same() -> None:
    conversation = Http().conversation()
    parts = conversation.requests(GET + POST + b"\x00\x01" + GET)
    assert [part.message.name if part.message else None for part in parts] == ["GET /orders/7", "POST /orders", None]
    assert conversation.plain
    assert [part.data for part in conversation.replies(OK)] == [OK]


def test_fields() -> None:
    conversation = Http().conversation()
    (part,) = conversation.requests(GET)
    message = part.message
    assert message and message.command == "GET"
    assert dict(message.fields) == {"method": "GET", "path": "/orders/7", "host": "shop"}
    assert message.fields["header:x-request-id"] == "a1" and "header:a" not in message.fields
    (part,) = conversation.replies(b"HTTP/1.1 404 Not Found\r\nA: b\r\na:c \r\nContent-Length: 0\r\n\r\n")
    assert part.message and part.message.command == "4xx" and part.message.name == "404 Not Found"
    assert dict(part.message.fields) == {"status": "404"}
    assert part.message.fields["header:a"] == "b, c" and len(part.message.fields) == 1


@pytest.mark.parametrize(
    ("target", "path"),
    [(b"http://shop/a/b?c=http://d/", "/a/b"), (b"*", "*"), (b"/a?b=c://d", "/a"), (b"http://shop", "/")],
)
def test_paths(target: bytes, path: str) -> None:
    conversation = Http().conversation()
    (part,) = conversation.requests(b"OPTIONS " + target + b" HTTP/1.1\r\n\r\n")
    assert isinstance(part.message, Message) and part.message.fields["path"] == path
    assert part.message.name == f"OPTIONS {path}"


PIECES = st.sampled_from([GET, POST, HEAD, OK, CHUNKED, CHUNKS, TRAILERS, UPGRADE, b"\r\n", b"0\r\n\r\n", b"\x16\x03"])
BYTES = st.lists(st.one_of(PIECES, st.binary(max_size=30)), max_size=8).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), BYTES), max_size=8))
def test_no_bytes_make_it_raise_or_hold_more_than_a_head(steps: list[Step]) -> None:
    survives(Http().conversation(), steps, LONGEST_HEAD)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(SESSIONS)), st.integers(0, 2**32).map(random.Random))
def test_nor_does_a_session_with_wrong_bytes(session: str, source: random.Random) -> None:
    steps = []
    for side, data in in_pieces(SESSIONS[session][0], lambda: source.randint(1, 80)):
        wrong = bytearray(data)
        if source.random() < 0.2:
            wrong[source.randrange(len(wrong))] = source.randrange(256)
        steps.append((side, bytes(wrong)))
    survives(Http().conversation(), steps, LONGEST_HEAD)
