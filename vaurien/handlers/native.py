"""Native: what handlers that say errors in the protocol's own tongue have in common."""

from __future__ import annotations

from typing import Any

from vaurien.handlers.base import BaseHandler
from vaurien.options import Option
from vaurien.protocols.base import CHOICES, Answer, Message, Protocol
from vaurien.weighted import choose, weighted


def seconds(value: Any) -> int | str:
    """A whole number, 0 or more, or nothing.

    The type of the option `retry_after`. Raises `ValueError`.
    """
    text = str(value).strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(f"expected a whole number of seconds, or nothing, not {value!r}")
    return int(text) if text else ""


SAID = {
    "codes": Option("Status codes to choose from: 503,500*3 (http, smtp)", weighted, ()),
    "retry_after": Option("What Retry-After says, in seconds; nothing for no such header (http)", seconds, ""),
    "errors": Option("Errors to choose from: LOADING,OOM*2 or 1205,1213 (redis, mysql, memcached)", weighted, ()),
    "sqlstates": Option("SQLSTATEs to choose from: 40001,57P01 (postgresql)", weighted, ()),
}
"""The options that choose an error. Where a protocol's list is empty, its own defaults hold."""


class Native(BaseHandler):
    """A handler that may say an error as the backend would."""

    def said(self, message: Message) -> Answer:
        """What the backend would say if it failed at this request, or at the one that this is the reply to."""
        protocol: Protocol = self.call.session.protocol
        source = self.call.random("error")
        key = next(key for key in CHOICES if getattr(protocol, key))
        choice = choose(self.option(key) or getattr(protocol, key), source)
        return protocol.error(message.request or message, choice, self.call.session.conversation, self.options, source)
