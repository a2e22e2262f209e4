"""Incoming: what a client of the control API sends, as a raw stream with a deadline."""

from __future__ import annotations

import io
import time
from typing import Any

from gevent.socket import socket


class Incoming(io.RawIOBase):
    """Reads from `sock`, which stays open when this is closed.

    The deadline is for all that is read until the next one is set: a client that sends a byte now and then does not
    move it. `waiting` says that nothing goes on but waiting for the client, `since` when the deadline was set.
    """

    def __init__(self, sock: socket) -> None:
        self.sock = sock
        self.waiting = True
        self.since = self.deadline = time.monotonic()

    def allow(self, seconds: float) -> None:
        """What is read from now on must have come in so many seconds."""
        self.since = time.monotonic()
        self.deadline = self.since + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Waits until there is something. Raises `TimeoutError` at the deadline."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("too slow")
        self.sock.settimeout(left)
        self.waiting = True
        try:
            return self.sock.recv_into(buffer)
        finally:
            self.waiting = False
