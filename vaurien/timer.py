"""Timer: one that the kernel keeps and an event loop can wait for, timerfd_create(2)."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

MONOTONIC = 1
"""``CLOCK_MONOTONIC``, the clock of `time.monotonic()` on Linux."""
FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
ABSOLUTE = 1
"""``TFD_TIMER_ABSTIME``."""


class _Specification(ctypes.Structure):
    """``struct itimerspec``: the interval, and the time, in seconds and nanoseconds."""

    _fields_ = [(name, ctypes.c_long) for name in ("interval_s", "interval_ns", "value_s", "value_ns")]


class Timer:
    """A timer whose `descriptor` is readable from the moment on for which it is set. Its owner closes it."""

    def __init__(self, library: ctypes.CDLL, descriptor: int) -> None:
        self.descriptor = descriptor
        self._library = library
        self._specification = _Specification()
        self._reference = ctypes.byref(self._specification)

    @classmethod
    def make(cls) -> Timer | None:
        """A new timer; None where there are none, or no descriptor is left."""
        if sys.platform != "linux":
            return None
        try:
            library = ctypes.CDLL(None)
            descriptor = library.timerfd_create(MONOTONIC, FLAGS)
        except (OSError, AttributeError):
            return None
        return cls(library, descriptor) if descriptor >= 0 else None

    def set(self, moment: float) -> None:
        """Rings at `moment` of `time.monotonic()`, at once if that has gone by; the last moment set is the one."""
        nanoseconds = max(1, int(moment * 1e9) + 1)  # 0 would stop it
        self._specification.value_s, self._specification.value_ns = divmod(nanoseconds, 10**9)
        self._library.timerfd_settime(self.descriptor, ABSOLUTE, self._reference, None)

    def clear(self) -> None:
        """Makes it unreadable again, after it has rung."""
        with suppress(BlockingIOError):
            os.read(self.descriptor, 8)

    def close(self) -> None:
        os.close(self.descriptor)
