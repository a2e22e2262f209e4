"""Percentiles of what was measured, one by one, within a run."""

import math
from collections.abc import Sequence


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest of the `ordered` figures that `percent` (above 0, up to 100) of all of them do not exceed.

    Always one of the figures themselves. Of few figures a high percentile is the largest.
    """
    # Rounded, since 99.9 * 10 000 / 100 may come out a hair above the whole number that it is.
    return ordered[math.ceil(round(percent * len(ordered) / 100, 6)) - 1]
