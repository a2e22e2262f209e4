"""Recorded calls: what clients and servers have said, cut by the real conversations, and what a match sees of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from vaurien.protocols import PROTOCOLS
from vaurien.protocols.base import Message
from vaurien.sight import Sight

# True for what the client has said; one call each.
HTTP = (
    (True, b"GET /orders/7?all=1 HTTP/1.1\r\nHost: shop.example\r\nX-User: alice\r\n\r\n"),
    (False, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: nginx\r\n\r\nok"),
    (True, b"POST /orders/ HTTP/1.1\r\nHost: SHOP.example\r\nContent-Length: 6\r\n\r\nsecret"),
    (False, b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
    (True, b"GET /Orders/7 HTTP/1.1\r\nHost: other.example\r\nX-User: bob, alice\r\n\r\n"),
    (False, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
)
REDIS = (
    (True, b"*3\r\n$3\r\nSET\r\n$6\r\nuser:1\r\n$1\r\nx\r\n"),
    (False, b"+OK\r\n"),
    (True, b"*2\r\n$3\r\nget\r\n$6\r\nUSER:1\r\n"),
    (False, b"$1\r\nx\r\n"),
    (True, b"*3\r\n$3\r\nDEL\r\n$1\r\na\r\n$1\r\nb\r\n"),
    (False, b"-LOADING Redis is loading the dataset in memory\r\n"),
    (True, b"PING\r\n"),
    (False, b"+PONG\r\n"),
)
SMTP = (
    (False, b"220 mail.example ESMTP\r\n"),
    (True, b"MAIL FROM:<a@one.example>\r\n"),
    (False, b"250 2.1.0 Ok\r\n"),
    (True, b"RCPT TO:<b@two.example>\r\n"),
    (False, b"550 5.1.1 no such user\r\n"),
)
MEMCACHED = (
    (True, b"set user:1 0 0 1\r\nx\r\n"),
    (False, b"STORED\r\n"),
    (True, b"get user:1 user:2\r\n"),
    (False, b"END\r\n"),
)
TCP = ((True, b"any bytes"), (False, b"the secret\r\n\x00\xff"), (True, b""))
CALLS = {"http": HTTP, "redis": REDIS, "smtp": SMTP, "memcached": MEMCACHED, "tcp": TCP}


class RecordedSession:
    """`ordinal` and `client_address`, as a real one has them."""

    def __init__(self, ordinal: int, client_address: Any) -> None:
        self.ordinal = ordinal
        self.client_address = client_address
        self.vars: dict[Any, Any] = {}
        self.waiting = b""

    def peek(self, to_backend: bool) -> bytes:
        return self.waiting


class RecordedFlow(NamedTuple):
    session: RecordedSession
    to_backend: bool


def sights(protocol: str, ordinal: int = 3, client: Any = ("10.1.2.3", 40_000)) -> list[Sight]:
    """What a match sees of each recorded call of a protocol."""
    found = []
    conversation = None if protocol == "tcp" else PROTOCOLS.built_in[protocol]().conversation()
    for to_backend, data in CALLS[protocol]:
        session = RecordedSession(ordinal, client)
        session.waiting = data
        message: Message | None = None
        if conversation is not None:
            parts = conversation.requests(data) if to_backend else conversation.replies(data)
            message = parts[0].message
            assert message is not None and not conversation.plain
        found.append(Sight(RecordedFlow(session, to_backend), message, None if message is None else data))
    return found
