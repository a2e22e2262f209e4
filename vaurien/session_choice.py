"""Session choice: which session handler gets a new session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from vaurien import chance
from vaurien.active_session_handler import ActiveSessionHandler
from vaurien.session_behavior import SessionBehavior
from vaurien.sight import host_of


def session_key(proxy: Any) -> int:
    """The key of all draws about the sessions of a proxy as a whole; the position of a session is its ordinal."""
    return chance.key(proxy.key, "session")


class SessionSight(NamedTuple):
    """What a match sees of a session: its ordinal, and the client's host."""

    ordinal: int
    host: str


class SessionChoice:
    """The weighted choice for the sessions of one proxy. The handlers that a session matches stand beside each other in
    the order of the behavior, each with its share."""

    __slots__ = ("key", "lines")

    def __init__(self, behavior: SessionBehavior, handlers: Mapping[str, ActiveSessionHandler], key: int) -> None:
        """`key` is the proxy's `session_key`."""
        found = [(share.tickets, handlers[share.name]) for share in behavior.shares]
        self.lines = [(tickets, handler.match, handler) for tickets, handler in found]
        self.key = key

    @classmethod
    def of(
        cls, behavior: SessionBehavior, handlers: Mapping[str, ActiveSessionHandler], proxy: Any
    ) -> SessionChoice | None:
        """The choice of a proxy; None where there is nothing to choose, so that nothing is drawn."""
        return cls(behavior, handlers, session_key(proxy)) if behavior.shares else None

    def choose(self, ordinal: int, client_address: Any) -> ActiveSessionHandler | None:
        """The handler of a session; None means that it goes on as ever."""
        ticket, sight, end = chance.ticket(self.key, ordinal), SessionSight(ordinal, host_of(client_address)), 0
        for tickets, match, handler in self.lines:
            if match is None or match.holds(sight):
                end += tickets
                if ticket < end:
                    return handler
        return None
