"""Clock: the moments at which things that wait go on, to the microsecond where the system can."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any

from gevent.event import Event

from vaurien.relay import READ
from vaurien.timer import Timer

log = logging.getLogger("vaurien.session")

NEVER = 1e9
"""A moment of `time.monotonic()` that nobody lives to see, and that a timer can still be set to, in seconds."""
SLICE = 0.01
"""For so long, in seconds, alarms ring one after the other; then whoever waits for the loop has a turn."""
Alarm = list[Any]
"""What `at` returns: the moment, a number that no other has, and the callback, None once it is over."""


class Clock:
    """Calls back at given moments of `time.monotonic()`, never before, in the event loop of one daemon.

    One timer of the kernel serves all alarms. Where there is none (`Timer`), the event loop's own does, which is up
    to a few milliseconds late.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._alarms: list[Alarm] = []
        self._number = 0
        self._cancelled = 0
        self._ringing = False
        self._timer: Timer | None = None
        self._watcher: Any = None

    def at(self, moment: float, callback: Callable[[], None]) -> Alarm:
        """Calls `callback` at `moment`, or soon if that has gone by."""
        self._number += 1
        alarm = [min(moment, NEVER), self._number, callback]
        heappush(self._alarms, alarm)
        if alarm is self._alarms[0] and not self._ringing:  # when all that ring have rung, the timer is set anyway
            self._arm()
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """Makes `alarm` silent, if it was not that already."""
        if alarm[2] is None:
            return
        alarm[2] = None
        self._cancelled += 1
        if self._cancelled > 100 and 2 * self._cancelled > len(self._alarms):
            self._alarms = [alarm for alarm in self._alarms if alarm[2] is not None]
            heapify(self._alarms)
            self._cancelled = 0

    def sleep(self, seconds: float) -> None:
        """Blocks the calling greenlet for `seconds`, never less."""
        over = Event()
        alarm = self.at(time.monotonic() + seconds, over.set)
        try:
            over.wait()
        finally:
            self.cancel(alarm)

    def _arm(self) -> None:
        """Sees to it that the timer rings for the first alarm."""
        moment = self._alarms[0][0]
        if self._watcher is None:
            self._timer = Timer.make()
            if self._timer is not None:
                self._watcher = self._loop.io(self._timer.descriptor, READ)
                self._watcher.start(self._on_ring)
        if self._timer is not None:
            self._timer.set(moment)
            return
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
        self._loop.update_now()
        self._watcher = self._loop.timer(max(0.0, moment - time.monotonic()))
        self._watcher.start(self._on_ring)

    def _on_ring(self) -> None:
        if self._timer is not None:
            self._timer.clear()
        self._ringing = True
        try:
            self._ring()
        finally:
            self._ringing = False
        if self._alarms:
            self._arm()

    def _ring(self) -> None:
        """Calls back all whose moment has come; of a great many, some in each turn of the loop."""
        alarms = self._alarms
        now = time.monotonic()
        until = now + SLICE
        while alarms and alarms[0][0] <= now:
            alarm = heappop(alarms)
            callback, alarm[2] = alarm[2], None
            if callback is None:
                self._cancelled -= 1
                continue
            try:
                callback()
            except Exception:
                log.exception("internal error in an alarm")
            if time.monotonic() >= until:
                return
            alarms = self._alarms  # `cancel` may have made it anew

    def close(self) -> None:
        """Ends all alarms."""
        self._alarms.clear()
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
        if self._timer is not None:
            self._timer.close()
            self._timer = None
