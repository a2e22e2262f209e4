"""SessionSocket: one side of a session, as a handler holds it: a gevent socket that the session knows of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gevent.socket import socket


class SessionSocket(socket):
    """A gevent socket over a descriptor that belongs to the session.

    Closing it closes it through the session, which takes its own watchers off first; the session then ends when the
    call is over. `sent` is told the number of bytes of every write.
    """

    def __init__(self, plain: Any, sent: Callable[[int], None], closed: Callable[[SessionSocket], None]) -> None:
        super().__init__(plain.family, plain.type, plain.proto, fileno=plain.fileno())
        self._sent = sent
        self._closed_by_handler = closed

    def send(self, data: Any, flags: int = 0, *args: Any, **kwargs: Any) -> int:
        """As a socket's: waits until some of `data` is sent, and returns how many bytes."""
        count: int = super().send(data, flags, *args, **kwargs)
        self._sent(count)
        return count

    def close(self) -> None:
        """Closes this side of the session at once; the session ends when the call is over."""
        self._closed_by_handler(self)

    def release(self) -> None:
        """Ends this view; the descriptor stays open, and is the session's alone."""
        if self.fileno() >= 0:
            super().detach()
