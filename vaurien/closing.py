"""Closing: the two ways in which a connection ends, in good order and by a reset."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from vaurien.relay import CHUNK

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for 0 seconds: closing sends RST and drops what was not sent, socket(7)."""
DISCARD = 64
"""So many full reads at most are thrown away before a close."""


def close(sock: socket.SocketType) -> None:
    """Closes `sock` in good order, though its peer may have said more than was read.

    A socket that is closed with bytes unread sends a reset, not an end of the stream: so they are read, and lost.
    """
    with suppress(OSError):
        for _ in range(DISCARD):
            if not sock.recv(CHUNK):
                break
    sock.close()


def reset(sock: socket.SocketType) -> None:
    """Closes `sock` so that its peer sees "connection reset". (A Unix socket knows no reset: its peer sees the end.)"""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()
