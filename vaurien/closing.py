"""Closing: the two ways in which a connection ends, in good order and by a reset."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from vaurien.relay import CHUNK

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for 0 seconds: closing sends RST and drops what was not sent, socket(7)."""


def reset(sock: socket.SocketType) -> None:
    """Closes `sock` so that its peer sees "connection reset". (A Unix socket knows no reset: its peer sees the end.)"""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


def drained(sock: socket.SocketType, reads: int) -> bool:
    """Reads and drops what has come, `reads` times at most. Whether the peer is still in the middle of saying more."""
    try:
        for read in range(reads):  # noqa: B007 - whether the last read was the first is what the answer is
            if not sock.recv(CHUNK):
                return False
    except BlockingIOError:
        return read > 0
    except OSError:
        return False
    return True
