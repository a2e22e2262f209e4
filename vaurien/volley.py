"""Volley: several writes to a socket, each its own, by one system call, sendmmsg(2)."""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import sys
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

MOST = 128
"""So many pieces at most go by one call."""
FLAGS = int(getattr(socket, "MSG_NOSIGNAL", 0) | getattr(socket, "MSG_DONTWAIT", 0))
SINCE = (4, 9)
"""Before this release of Linux, the next piece could go though one was sent only in part."""


class _Message(ctypes.Structure):
    """``struct msghdr``: `places` is where the pieces of a message are, each a ``struct iovec``."""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("places", ctypes.c_void_p),
        ("place_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class _Header(ctypes.Structure):
    """``struct mmsghdr``: a message, and how many bytes of it were sent."""

    _fields_ = [("message", _Message), ("sent", ctypes.c_uint)]


class Volley:
    """Sends pieces as so many calls of ``send`` would, in half the time. One serves all sockets of a thread."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._send = library.sendmmsg
        self._places = (ctypes.c_size_t * (2 * MOST))()  # address and size, by turns
        self._headers = (_Header * MOST)()
        start, size = ctypes.addressof(self._places), 2 * ctypes.sizeof(ctypes.c_size_t)
        for number, header in enumerate(self._headers):  # each piece is a message of its own
            header.message.places, header.message.place_count = start + number * size, 1

    @classmethod
    def make(cls) -> Volley | None:
        """A new one; None where the system has no such call, or one that cannot be relied on."""
        if sys.platform != "linux" or platform.libc_ver()[0] != "glibc" or _release() < SINCE:
            return None
        try:
            return cls(ctypes.CDLL(None, use_errno=True))
        except (OSError, AttributeError):
            return None

    def send(self, descriptor: int, sizes: Sequence[int], data: bytes) -> int:
        """Writes `data` to a socket, in pieces of these `sizes`, up to `MOST` of them, until it has no more room. Says
        how many bytes it took. Raises `BlockingIOError` if none, `OSError` if it takes no more at all."""
        count = len(sizes)
        start: int = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
        places: list[Any] = [0] * (2 * count)
        places[::2] = accumulate(sizes[:-1], initial=start)
        places[1::2] = sizes
        self._places[: 2 * count] = places
        taken: int = self._send(descriptor, self._headers, count, FLAGS)
        if taken < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return sum(sizes[: taken - 1]) + int(self._headers[taken - 1].sent)  # only the last can be there in part


def _release() -> tuple[int, ...]:
    numbers = platform.release().split(".")[:2]
    return tuple(int(number) for number in numbers if number.isdigit())
