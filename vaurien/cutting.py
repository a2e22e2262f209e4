"""Cutting: the end of many sessions, as many in each turn of the loop as others can wait for."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from vaurien.clock import Clock

log = logging.getLogger("vaurien.session")

SLICE = 0.01
"""For so long, in seconds, sessions are ended one after the other; then whoever waits for the loop has a turn."""


class Cutting:
    """What is left to be cut, of all proxies of a daemon. `gathered` is what has come together to be ended; None while
    each session ends when it does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: deque[tuple[Any, str]] = deque()
        self.gathered: list[tuple[Any, str]] | None = None

    def cut(self, sessions: Iterable[Any], cause: str) -> None:
        """Ends `sessions`, those at once for which there is time, and the others behind those that are left."""
        self._end((session, cause) for session in sessions)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Sessions that toxics close within have their end behind it: those at once for which there is time. Within
        another, in whatever greenlet, it is a part of that."""
        if self.gathered is not None:
            yield
            return
        self.gathered = []
        try:
            yield
        finally:
            gathered, self.gathered = self.gathered, None
            self._end(gathered)

    def _end(self, sessions: Iterable[tuple[Any, str]]) -> None:
        at_work = bool(self._left)
        self._left.extend(sessions)
        if not at_work:
            self._go_on()

    def _go_on(self) -> None:
        until = time.monotonic() + SLICE
        while self._left:
            session, cause = self._left.popleft()
            try:
                session.end(cause)
            except Exception:
                log.exception("internal error in a cut")
            if time.monotonic() >= until:
                break
        if self._left:
            self._clock.at(time.monotonic(), self._go_on)
