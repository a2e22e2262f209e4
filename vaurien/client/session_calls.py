"""Session calls: sessions that are open, and how to end them."""

from __future__ import annotations

from typing import Any

from vaurien.client.answers import Session
from vaurien.client.asking import Asking
from vaurien.client.errors import ClientError


class SessionCalls(Asking):
    """A proxy may be left unnamed if it is the only one."""

    def sessions(self, proxy: str | None = None) -> tuple[Session, ...]:
        """The sessions that are open now."""
        return tuple(map(Session.of, self.listed(self.path_of(proxy, "sessions"), "sessions")))

    def session(self, ordinal: int, proxy: str | None = None) -> Session:
        """One of them. Raises `NotFound`, also when it is over."""
        return Session.of(self.request("GET", self.path_of(proxy, "sessions", str(ordinal))).body)

    def cut_session(self, ordinal: int, proxy: str | None = None) -> int:
        """Ends a session at once. Returns how many were ended: 1. Raises `NotFound`."""
        return _cut(self.request("DELETE", self.path_of(proxy, "sessions", str(ordinal))).body)

    def cut_sessions(self, proxy: str | None = None) -> int:
        """Ends all sessions of a proxy at once. Returns how many there were."""
        return _cut(self.request("DELETE", self.path_of(proxy, "sessions")).body)


def _cut(body: Any) -> int:
    cut = body.get("cut") if isinstance(body, dict) else None
    if not isinstance(cut, int):
        raise ClientError(None, "cut", f"expected a number, not {cut!r}")
    return cut
