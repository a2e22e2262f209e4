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

    @property
    def seconds_left(self) -> float | None:
        """None if it does not end by itself."""
        return None if self.until == math.inf else round(max(0.0, self.until - time.monotonic()), 3)
