"""Cutting: the end of many sessions, as many in each turn of the loop as others can wait for."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from vaurien.clock import Clock

log = logging.getLogger("vaurien.session")

SLICE = 0.01
"""For so long, in seconds, sessions are ended one after the other; then whoever waits for the loop has a turn."""


class Cutting:
    """What is left to be cut, of all proxies of a daemon."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: deque[tuple[Any, str]] = deque()

    def cut(self, sessions: Iterable[Any], cause: str) -> None:
        """Ends `sessions`, those at once for which there is time, and the others behind those that are left."""
        at_work = bool(self._left)
        self._left.extend((session, cause) for session in sessions)
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
