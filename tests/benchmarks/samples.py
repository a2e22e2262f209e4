"""Rows, peers and groups that measure nothing, for the tests of what is made of figures."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.charts import Chart
from benchmarks.figures import Results, Turns
from benchmarks.groups import Group
from benchmarks.metrics import Metric
from benchmarks.peers import DIRECT, Endpoint, Peer, Place
from benchmarks.processes import Process, running
from benchmarks.rows import Row
from benchmarks.scale import Scale

RATE = Metric("rate", "rate", "things/s", 0, better="more")
CPU = Metric("cpu", "processor time", "us/thing", 2)
P50 = Metric("p50", "round trip", "us", 1)
ADDED = Metric("added", "added", "us", 1, above_direct="p50")
EARLY = Metric("early", "early", "in all", 0, summary="sum")

SCALE = Scale(rounds=3, tool=1, paced=1.0, delay=1.0, growth=1.0, idle=1.0)


@contextlib.contextmanager
def nobody(directory: Path) -> Iterator[tuple[Process, int]]:
    """A backend that is a process, but serves nobody."""
    with running("sleep", ["sleep", "60"], directory) as process:
        yield process, 1


def peer(name: str, port: int = 1, program: str | None = None) -> Peer:
    """A proxy that is a process, but relays nothing."""

    @contextlib.contextmanager
    def start(place: Place) -> Iterator[Endpoint]:
        with running(name, ["sleep", "60"], place.directory) as process:
            yield Endpoint(port, process)

    return Peer(name, name.capitalize(), start, program=program)


VAURIEN, OTHER, MISSING = peer("vaurien"), peer("other"), peer("missing", program="no-such-program")


def row(name: str = "row", *metrics: Metric, peers: Sequence[Peer] = (DIRECT, VAURIEN, OTHER), **more: object) -> Row:
    """A row of which nothing is measured."""
    made = Row(name, f"the {name}", metrics or (RATE,), nobody, lambda endpoint, scale: {}, peers=tuple(peers))
    return replace(made, waits=False, **more)  # type: ignore[arg-type]


def no_charts(group: Group, results: Results) -> Sequence[Chart]:
    return []


def group(*rows: Row, name: str = "group", by_row: bool = False) -> Group:
    return Group(name, "A group", "A note.", rows, no_charts, by_row)


def results(**figures: Sequence[float | None]) -> Results:
    """Results by round; the name of each argument is ROW__PEER__METRIC."""
    found = Results()
    for key, series in figures.items():
        row_name, peer_name, metric = key.split("__")
        for number, figure in enumerate(series, 1):
            if figure is not None:
                before = found.figures(Turns(row_name, peer_name), number)
                found.add(Turns(row_name, peer_name), number, {**before, metric: figure})
    return found
