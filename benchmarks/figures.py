"""What was measured: the figures of every row and peer, round by round, and what follows from them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.metrics import Metric
from benchmarks.rows import Figures

# A figure for each round, in order; None where the round has none.
Series = Sequence[float | None]


@dataclass(frozen=True)
class Turns:
    """Whose figures: those of the row `row` with the peer `peer`."""

    row: str
    peer: str


@dataclass(frozen=True)
class Summary:
    """A series in short. `shown` stands for all of it: its median, or its sum."""

    shown: float
    low: float
    high: float
    count: int


class Results:
    """The figures so far, and the one-line accounts of turns that failed."""

    def __init__(self) -> None:
        self.rounds = 0
        self.failures: list[str] = []
        self._figures: dict[Turns, dict[int, Figures]] = {}

    def add(self, turns: Turns, number: int, figures: Figures) -> None:
        """Takes what was measured in round `number`, which counts from 1."""
        self.rounds = max(self.rounds, number)
        self._figures.setdefault(turns, {})[number] = figures

    def figures(self, turns: Turns, number: int) -> Figures:
        """What was measured in a round; empty when nothing was."""
        return self._figures.get(turns, {}).get(number, {})

    def measured(self) -> set[Turns]:
        """Who has figures."""
        return set(self._figures)

    def series(self, turns: Turns, metric: Metric) -> list[float | None]:
        """The metric's figures, measured or derived."""
        if metric.above_direct is None:
            return self._measured(turns, metric.name)
        if turns.peer == "direct":
            return [None] * self.rounds
        through = self._measured(turns, metric.above_direct)
        without = self._measured(Turns(turns.row, "direct"), metric.above_direct)
        pairs = zip(through, without, strict=True)
        return [None if one is None or other is None else one - other for one, other in pairs]

    def _measured(self, turns: Turns, name: str) -> list[float | None]:
        return [self.figures(turns, number).get(name) for number in range(1, self.rounds + 1)]

    def ratios(self, turns: Turns, base: Turns, metric: Metric) -> list[float | None]:
        """The figures of `turns` over those of `base`, each over that of the same round: two turns minutes apart on a
        shared machine say nothing. None where a round lacks one, or where there is nothing to divide by."""
        pairs = zip(self.series(turns, metric), self.series(base, metric), strict=True)
        return [None if one is None or other is None or other <= 0 else one / other for one, other in pairs]


def summary(series: Series, kind: str = "median") -> Summary | None:
    """What stands for the series: by `kind` its median or its sum. None when no round has a figure."""
    figures = [figure for figure in series if figure is not None]
    if not figures:
        return None
    shown = sum(figures) if kind == "sum" else statistics.median(figures)
    return Summary(shown, min(figures), max(figures), len(figures))
