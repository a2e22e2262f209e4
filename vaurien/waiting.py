"""Waiting: a wait that is begun, given up and begun anew all the time, at the cost of few alarms."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import Any

from vaurien.clock import Clock
from vaurien.toxics.base import FOREVER


class Waiting:
    """Waits on a clock, for one moment at a time.

    `until` is the end of the wait, `FOREVER` if there is none, None while it does not wait. `alarm` rings then or
    before: one that was set for a wait that has been given up is kept, since the next is mostly for the same.
    """

    __slots__ = ("alarm", "clock", "until")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.alarm: Any = None
        self.until: float | None = None

    @abstractmethod
    def wait_over(self) -> None:
        """The time is up."""

    def wait(self, seconds: float) -> None:
        """Begins to wait, in the place of what it has waited for till now."""
        self.until = moment = time.monotonic() + seconds
        if moment == FOREVER:
            return
        if self.alarm is not None:
            if self.alarm[0] <= moment:
                return
            self.clock.cancel(self.alarm)
        self.alarm = self.clock.at(moment, self._on_alarm)

    def _on_alarm(self) -> None:
        self.alarm = None
        if self.until is None or self.until == FOREVER:
            return
        if time.monotonic() < self.until:
            self.alarm = self.clock.at(self.until, self._on_alarm)
            return
        self.until = None
        self.wait_over()

    def silence(self) -> None:
        """Waits no more, and leaves no alarm."""
        self.until = None
        if self.alarm is not None:
            self.clock.cancel(self.alarm)
            self.alarm = None
