"""Events: what happens in a daemon, told at once to those who listen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

TYPES = (
    "session_started",
    "session_ended",
    "call",
    "proxy_created",
    "proxy_changed",
    "proxy_deleted",
    "proxy_reverted",
)
"""All that is told."""
Event = dict[str, Any]
"""``type``, ``time`` in seconds since 1970, ``proxy``, and what belongs to the type."""
Listener = Callable[[Event], None]
"""Must not block: it is called in the event loop."""


class Events:
    """All that is told in one daemon. Who tells asks `listened` first: without a listener it costs nothing more."""

    def __init__(self) -> None:
        self.listened = False
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Calls `listener` for every event from now on, until `leave`."""
        self._listeners.append(listener)
        self.listened = True

    def leave(self, listener: Listener) -> None:
        self._listeners.remove(listener)
        self.listened = bool(self._listeners)

    def tell(self, type: str, proxy: str, **fields: Any) -> None:
        event = {"type": type, "time": time.time(), "proxy": proxy, **fields}
        for listener in list(self._listeners):
            listener(event)
