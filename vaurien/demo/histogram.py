"""Histogram: how many values fell between which bounds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

BOUNDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
"""The bounds of the demo's latencies, in seconds: each is about three times the one before."""


class Histogram:
    """Counts values by bucket. `bounds` rise; there is a bucket below the first, between each two, and above the last.

    A value that equals a bound belongs to the bucket above it. `counts` has one more entry than `bounds`.
    """

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)

    @property
    def total(self) -> int:
        """How many values there were."""
        return sum(self.counts)

    def add(self, value: float) -> None:
        self.counts[bisect_right(self.bounds, value)] += 1

    def shares(self) -> list[float]:
        """The part of all values in each bucket, 0 to 1; all 0 while there are none."""
        total = self.total or 1
        return [count / total for count in self.counts]

    def labels(self) -> list[str]:
        """What each bucket holds, in milliseconds: "under 1 ms", "1 - 3 ms", "over 300 ms"."""
        marks = [f"{bound * 1000:g}" for bound in self.bounds]
        between = [f"{low} - {high} ms" for low, high in pairwise(marks)]
        return [f"under {marks[0]} ms", *between, f"over {marks[-1]} ms"]
