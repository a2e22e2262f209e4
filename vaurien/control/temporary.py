"""Temporary: a change that is to be taken back."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from vaurien.control.fields import Fields


@dataclass(frozen=True)
class Temporary:
    """`fields` of a proxy's settings that hold `until` a moment of `time.monotonic()`; without fields, it is the proxy
    itself that is there until then. One that is `held` ends when who made it releases it, if not before. No other has
    the same `number`."""

    number: int
    until: float
    fields: Fields
    held: bool = False

    @classmethod
    def lasting(cls, seconds: float | None, number: int, fields: Fields, held: bool = False) -> Temporary:
        """One that begins now and lasts so long; None is until it is taken back."""
        return cls(number, math.inf if seconds is None else time.monotonic() + seconds, fields, held)

    @property
    def seconds_left(self) -> float | None:
        """None if it does not end by itself."""
        return None if self.until == math.inf else round(max(0.0, self.until - time.monotonic()), 3)
