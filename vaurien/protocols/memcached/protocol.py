"""The ``memcached`` protocol."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from vaurien.protocols.base import Answer, Conversation, Message, Protocol
from vaurien.protocols.memcached.commands import GETS, META, STORES
from vaurien.protocols.memcached.conversation import MemcachedConversation

# Each with what memcached says (its proto_text.c, memcached.c and proxy_await.c); {} is what it was doing.
LINES = {
    "out_of_memory": "SERVER_ERROR out of memory {}",
    "too_large": "SERVER_ERROR object too large for cache",
    "backend_failure": "SERVER_ERROR backend failure",
    "timeout": "SERVER_ERROR timeout",
    "unknown": "ERROR",
    "bad_format": "CLIENT_ERROR bad command line format",
    "bad_chunk": "CLIENT_ERROR bad data chunk",
    "too_many": "ERROR Too many open connections",
}
CLOSING = ("too_many",)


class Memcached(Protocol):
    """memcached's text protocol: a call is one request or one reply, with its data."""

    name = "memcached"
    keys = ("key",)
    errors = ("out_of_memory", "backend_failure")
    choices = LINES

    def conversation(self, joined: bool = False) -> Conversation:
        return MemcachedConversation()

    def error(
        self,
        request: Message,
        choice: str,
        conversation: Conversation,
        options: Mapping[str, Any],
        source: random.Random,
    ) -> Answer:
        return Answer(f"{LINES[choice].format(doing(request.command))}\r\n".encode(), choice in CLOSING)


def doing(command: str) -> str:
    """What has run out of memory."""
    verb = command.encode()
    if verb in STORES or verb == b"ms":
        return "storing object"
    if verb in GETS or verb in META:
        return "writing get response"
    return "in incr" if verb in (b"incr", b"decr") else "writing stats" if verb == b"stats" else "preparing response"
