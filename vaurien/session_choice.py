"""Session choice: which session handler gets a new session."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from vaurien import chance
from vaurien.active_session_handler import ActiveSessionHandler
from vaurien.session_behavior import SessionBehavior


def session_key(proxy: Any) -> int:
    """The key of all draws about the sessions of a proxy as a whole; the position of a session is its ordinal."""
    return chance.key(proxy.key, "session")


class SessionChoice:
    """The weighted choice for the sessions of one proxy."""

    __slots__ = ("bounds", "handlers", "key")

    def __init__(self, behavior: SessionBehavior, handlers: Mapping[str, ActiveSessionHandler], key: int) -> None:
        """`key` is the proxy's `session_key`."""
        self.bounds = list(accumulate(share.tickets for share in behavior.shares))
        self.handlers = [*(handlers[share.name] for share in behavior.shares), None]
        self.key = key

    def choose(self, ordinal: int) -> ActiveSessionHandler | None:
        """The handler of the session with that ordinal; None means that it goes on as ever."""
        return self.handlers[bisect_right(self.bounds, chance.ticket(self.key, ordinal))]
