"""What a session of Redis has subscribed to, counted.

Sources: the manual, "Redis Pub/Sub" (format of pushed messages), and the pages of ``SUBSCRIBE`` and ``UNSUBSCRIBE``:
one confirmation for each channel, and for ``UNSUBSCRIBE`` without any one for each that there was, or one if none was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from vaurien.protocols.base import Message


class Subscription(Message):
    """A request that is answered once for each channel. `left` is how many confirmations are still to come; None if
    that is as many as there are."""

    __slots__ = ("left",)

    def __init__(self, name: str, command: str, fields: Mapping[str, str], channels: int) -> None:
        super().__init__(True, name, command, fields)
        self.left: int | None = channels or None


class Subscriptions:
    """How many channels, patterns and shard channels there are."""

    # Each with the kind that it counts.
    COMMANDS: ClassVar[Mapping[str, str]] = {
        "SUBSCRIBE": "channels",
        "UNSUBSCRIBE": "channels",
        "PSUBSCRIBE": "patterns",
        "PUNSUBSCRIBE": "patterns",
        "SSUBSCRIBE": "shards",
        "SUNSUBSCRIBE": "shards",
    }
    PUSHED: ClassVar[frozenset[str]] = frozenset(("message", "pmessage", "smessage", "sunsubscribe"))

    def __init__(self) -> None:
        self.any = False
        self._counts = {"channels": 0, "patterns": 0, "shards": 0}

    def confirms(self, request: Subscription) -> bool:
        """One more confirmation begins; whether it is the last."""
        if request.left is None:
            request.left = max(self._counts[self.COMMANDS[request.command]], 1)
        request.left -= 1
        return request.left <= 0

    def counted(self, command: str, data: bytes, end: int) -> None:
        """A confirmation ends at `end`, with how many channels and patterns, or how many shard channels, there are."""
        count = data[data.rfind(b":", 0, end) + 1 : end - 2]
        if not count.isdigit():
            return  # an error
        kind = self.COMMANDS[command]
        other = {"channels": "patterns", "patterns": "channels"}.get(kind)
        self._counts[kind] = int(count) - (self._counts[other] if other else 0)
        self.any = any(self._counts.values())
