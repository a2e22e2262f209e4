"""Incoming: what a client of the control API sends, as a raw stream with a deadline."""

from __future__ import annotations

import io
import time
from typing import Any

from gevent.socket import socket


class Incoming(io.RawIOBase):
    """Reads from `sock`, which stays open when this is closed.

    The deadline is for all that is read until the next one is set: a client that sends a byte now and then does not
    move it.
    """

    def __init__(self, sock: socket) -> None:
        self.sock = sock
        self.deadline = 0.0

    def allow(self, seconds: float) -> None:
        """What is read from now on must have come in so many seconds."""
        self.deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Waits until there is something. Raises `TimeoutError` at the deadline."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("too slow")
        self.sock.settimeout(left)
        return self.sock.recv_into(buffer)
