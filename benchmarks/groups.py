"""A group: rows that answer one question, with the tables and plots of its answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.charts import Chart
from benchmarks.figures import Results, Turns
from benchmarks.metrics import Metric
from benchmarks.peers import Peer
from benchmarks.rows import Row

OURS = "vaurien"


@dataclass(frozen=True)
class Group:
    """Rows with one heading. `note` says in a sentence or two how they are measured.

    `by_row` says that its table has a line for each row and a column for each metric; else it has a line for each row
    and metric, and a column for each peer.
    """

    name: str
    title: str
    note: str
    rows: tuple[Row, ...]
    charts: Callable[["Group", Results], Sequence[Chart]]
    by_row: bool = False

    def metrics(self) -> list[Metric]:
        """All that its rows measure, each by the first row that has one of this name."""
        found: dict[str, Metric] = {}
        for row in self.rows:
            for metric in row.metrics:
                found.setdefault(metric.name, metric)
        return list(found.values())

    def peers(self) -> list[Peer]:
        """All who take turns in it."""
        return list({peer.name: peer for row in self.rows for peer in row.peers}.values())

    def with_rows(self, rows: Sequence[Row]) -> "Group":
        """The same of other rows."""
        return replace(self, rows=tuple(rows))


def pairs(row: Row) -> list[tuple[Turns, Turns]]:
    """Which figures of a row are compared to which: Vaurien's to those of the row's base, if it has one, and to each
    other peer's."""
    ours = Turns(row.name, OURS)
    base = [] if row.base is None else [(ours, Turns(row.base, OURS))]
    return [*base, *((ours, Turns(row.name, peer.name)) for peer in row.peers if peer.name != OURS)]
