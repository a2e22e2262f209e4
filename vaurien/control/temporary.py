"""Temporary: a change that holds for a while."""

from __future__ import annotations

import time
from dataclasses import dataclass

from vaurien.control.fields import Fields


@dataclass(frozen=True)
class Temporary:
    """`fields` of a proxy's settings that hold `until` a moment of `time.monotonic()`; without fields, it is the proxy
    itself that is there until then. No other has the same `number`."""

    number: int
    until: float
    fields: Fields

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.until - time.monotonic())
