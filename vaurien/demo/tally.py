"""Tally: what all requests of one route came to."""

from __future__ import annotations

from vaurien.demo.client import LATE, Kind, Outcome
from vaurien.demo.histogram import Histogram


class Tally:
    """`counts` has every request once, by kind; `late_garbage` is how many of the garbage answers were late too.

    `latencies` has the seconds of the requests that were answered, rightly or not.
    """

    def __init__(self) -> None:
        self.counts = dict.fromkeys(Kind, 0)
        self.late_garbage = 0
        self.latencies = Histogram()

    @property
    def requests(self) -> int:
        """How many requests are over."""
        return sum(self.counts.values())

    def add(self, outcome: Outcome) -> None:
        self.counts[outcome.kind] += 1
        if outcome.kind is Kind.GARBAGE and outcome.seconds >= LATE:
            self.late_garbage += 1
        if outcome.kind not in (Kind.RESET, Kind.LOST):
            self.latencies.add(outcome.seconds)

    def share(self, kind: Kind) -> float:
        """The part of all requests that came to this, 0 to 1."""
        return self.counts[kind] / (self.requests or 1)
