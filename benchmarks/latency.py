"""The time that a proxy adds to a request, far below the load at which it is full."""

from collections.abc import Sequence

from benchmarks import backends
from benchmarks.charts import Chart, Panel, Point, point, shown
from benchmarks.clients import MESSAGE_SIZE, Pace, connected
from benchmarks.figures import Results, Turns
from benchmarks.groups import Group
from benchmarks.loads import WARM_UP, paced
from benchmarks.metrics import Metric
from benchmarks.peers import Endpoint
from benchmarks.percentiles import percentile
from benchmarks.rows import Figures, Row
from benchmarks.scale import Scale

RATE = 2_000  # requests per second, over all sessions
SESSIONS = 20
PERCENTS = {"p50": 50.0, "p99": 99.0, "p99.9": 99.9}

WHOLE = tuple(Metric(name, f"round trip, {name}", "us", 1) for name in PERCENTS)
ADDED = tuple(Metric(f"added_{name}", f"added, {name}", "us", 1, above_direct=name) for name in PERCENTS)


def _run(endpoint: Endpoint, scale: Scale) -> Figures:
    with connected(endpoint.port, SESSIONS) as clients:
        trips, _ = paced(endpoint, clients, Pace(RATE, scale.paced))
    return {name: percentile(trips.seconds, percent) * 1e6 for name, percent in PERCENTS.items()}


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    panels = []
    for title, metrics in (("round trip", WHOLE), ("added to the direct one", ADDED)):
        found: dict[str, list[Point]] = {}
        for row in group.rows:
            for peer in row.peers:
                for place, metric in enumerate(metrics):
                    points = point(place, results.series(Turns(row.name, peer.name), metric))
                    found.setdefault(peer.title, []).extend(points)
        panels.append(Panel(title, "us", shown(found), list(PERCENTS)))
    return [Chart(group.name, group.title, panels)]


LATENCY = Group(
    "latency",
    "Latency below saturation",
    f"{RATE:,} requests a second of {MESSAGE_SIZE} bytes over {SESSIONS} lasting connections, by the clock. Added is "
    "the peer's percentile less the direct one of the same round.",
    (
        Row(
            "latency",
            f"{RATE:,} requests/s, {SESSIONS} connections",
            (*WHOLE, *ADDED),
            backends.echo,
            _run,
            lasts=lambda scale: scale.paced + WARM_UP,
            quick=True,
        ),
    ),
    _charts,
)
