"""What a plot shows, as plain data; `plots.py` draws it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import Results, Series, Turns, summary
from benchmarks.metrics import Metric
from benchmarks.rows import Row


@dataclass(frozen=True)
class Point:
    """A median at `x`, with the smallest and the largest of the rounds."""

    x: float
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Panel:
    """One pair of axes with a curve for each key of `curves`.

    With `labels` it has bars, and the `x` of a point is the place of its label; `level` is a value to be marked among
    them, such as a ratio of 1. Without, it has lines over a logarithmic x axis that is called `x_title`; the other axis
    is so, too, when it is `logarithmic`.
    """

    title: str
    unit: str
    curves: Mapping[str, Sequence[Point]]
    labels: Sequence[str] = ()
    x_title: str = ""
    logarithmic: bool = False
    level: float | None = None


@dataclass(frozen=True)
class Chart:
    """One file, NAME.svg, with panels side by side."""

    name: str
    title: str
    panels: Sequence[Panel]

    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(points for panel in self.panels for points in panel.curves.values())


def shown(found: Mapping[str, list[Point]]) -> dict[str, list[Point]]:
    """The curves that have a point."""
    return {title: points for title, points in found.items() if points}


def point(x: float, series: Series) -> list[Point]:
    """The point of a series, as a list of one; empty when the series has no figure."""
    found = summary(series)
    return [] if found is None else [Point(x, found.shown, found.low, found.high)]


def curves(rows: Sequence[Row], get: Callable[[Row, str], tuple[float, Series]]) -> dict[str, list[Point]]:
    """A curve for each peer, by its title. `get` gives the x and the series of a row with a peer of that name."""
    found: dict[str, list[Point]] = {}
    for row in rows:
        for peer in row.peers:
            found.setdefault(peer.title, []).extend(point(*get(row, peer.name)))
    return shown(found)


def metric_bars(results: Results, rows: Sequence[Row], metric: Metric) -> Panel:
    """Bars of a metric: a place for each row, a bar for each peer."""
    places = {row.name: place for place, row in enumerate(rows)}

    def get(row: Row, peer: str) -> tuple[float, Series]:
        return places[row.name], results.series(Turns(row.name, peer), metric)

    return Panel(metric.title, metric.unit, curves(rows, get), labels=[row.title for row in rows])


def metric_lines(results: Results, rows: Sequence[Row], metric: Metric, x_title: str, logarithmic: bool) -> Panel:
    """Lines of a metric over the rows' `x`, one for each peer."""

    def get(row: Row, peer: str) -> tuple[float, Series]:
        return row.x, results.series(Turns(row.name, peer), metric)

    return Panel(metric.title, metric.unit, curves(rows, get), x_title=x_title, logarithmic=logarithmic)
