"""Duration: how long something is to hold, as people write it: ``30s``, ``1.5m``, ``2h``."""

from __future__ import annotations

import math
import re
from typing import Any

LONGEST = 10**8
"""In seconds: three years."""
UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
FORM = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h|d|)")


def duration(value: Any) -> float:
    """A time such as 30s, 1.5m, 2h, or a number of seconds, more than 0.

    Returns seconds. Raises `ValueError`.
    """
    if isinstance(value, str) and (found := FORM.fullmatch(value.strip())):
        seconds = float(found[1]) * UNITS[found[2]]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(min(value, LONGEST + 1))
    else:
        seconds = 0.0
    if not (math.isfinite(seconds) and 0 < seconds <= LONGEST):
        raise ValueError(f"expected a time such as 30s, 1.5m, 2h, or a number of seconds, more than 0, not {value!r}")
    return seconds
