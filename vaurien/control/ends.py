"""Ends: the moments at which changes that hold for a while go back."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import gevent

from vaurien.clock import Alarm, Clock


class Ends:
    """Calls `over` in a greenlet of its own, with the proxy and the number of each change whose time has come."""

    def __init__(self, clock: Clock, over: Callable[[str, int], None]) -> None:
        self.clock = clock
        self.over = over
        self.alarms: dict[int, Alarm] = {}
        self._late: set[int] = set()

    def set(self, name: str, number: int, moment: float) -> None:
        """The change ends at `moment` of `time.monotonic()`; never, if that is infinite."""
        if moment == math.inf:
            return
        self.alarms[number] = self.clock.at(moment, lambda: self._ring(name, number))

    def again(self, name: str, number: int, moment: float) -> bool:
        """The change could not end; it is to be tried again. Returns whether that is for the first time."""
        first = number not in self._late
        self._late.add(number)
        self.set(name, number, moment)
        return first

    def cancel(self, numbers: Iterable[int]) -> None:
        """These changes are no more."""
        for number in numbers:
            self._late.discard(number)
            alarm = self.alarms.pop(number, None)
            if alarm is not None:
                self.clock.cancel(alarm)

    def _ring(self, name: str, number: int) -> None:
        del self.alarms[number]
        gevent.spawn(self.over, name, number)
