"""How exactly toxics keep to their definitions."""

from collections.abc import Callable, Sequence

from benchmarks import backends, toxic_probes
from benchmarks.charts import Chart, metric_bars
from benchmarks.clients import Pace, connected
from benchmarks.figures import Results
from benchmarks.groups import Group
from benchmarks.loads import WARM_UP, paced
from benchmarks.metrics import Metric
from benchmarks.peers import Endpoint
from benchmarks.percentiles import percentile
from benchmarks.rows import Figures, Row
from benchmarks.scale import Scale
from benchmarks.toxic_peers import Toxic, peers

ASKED = 100  # milliseconds
SESSIONS = 100  # for latency
OFTEN = 20  # times, one after the other, for what ends a session
OVER = 5.0  # seconds, for bandwidth
RATES = (10, 100, 10_000)  # kB/s
SLICE, SPREAD, PAUSE = 100, 20, 10_000  # bytes, and microseconds: pieces that are seen one by one
SLICED = 5_000  # bytes
LIMIT = 10_000  # bytes

LATE = (
    Metric("p50", "late, p50", "ms", 3),
    Metric("p95", "late, p95", "ms", 3),
    Metric("largest", "largest", "ms", 3),
    Metric("early", "early", "in all", 0, summary="sum"),
)
RATE_ERROR = Metric("error", "off the rate", "%", 2)
PIECES = (Metric("piece_p5", "piece, p5", "bytes", 0), Metric("piece_p95", "piece, p95", "bytes", 0))
BYTES_OFF = Metric("off", "off the limit", "bytes", 0, summary="sum")


def late(seconds: Sequence[float], asked_ms: float = ASKED) -> Figures:
    """By how much each of these is longer than what was asked for."""
    errors = sorted(each * 1000 - asked_ms for each in seconds)
    return {
        "p50": percentile(errors, 50),
        "p95": percentile(errors, 95),
        "largest": errors[-1],
        "early": sum(error < 0 for error in errors),
    }


def _latency(toxic: Toxic | None, title: str, asked_ms: float) -> Row:
    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        with connected(endpoint.port, SESSIONS) as clients:
            trips, _ = paced(endpoint, clients, Pace(SESSIONS, scale.delay, overlapping=False))
        return late(trips.seconds, asked_ms)

    name = "latency" if toxic else "none"
    return _row(toxic, f"{title}, {SESSIONS} sessions", LATE, run, lasts=3.0 + WARM_UP, name=name)


def _row(
    toxic: Toxic | None,
    title: str,
    metrics: tuple[Metric, ...],
    run: Callable[[Endpoint, Scale], Figures],
    stream: str = "upstream",
    lasts: float = OFTEN * ASKED / 1000,
    *,
    name: str,
) -> Row:
    return Row(
        f"times_{name}",
        title,
        metrics,
        backends.echo,
        run,
        peers=peers(toxic, stream),
        lasts=lambda scale: lasts,
        sessions=SESSIONS,
        quick=name == "latency",
    )


def _ending(toxic: Toxic, probe: Callable[[int], float], stream: str = "upstream") -> Row:
    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        return late([probe(endpoint.port) for _ in range(OFTEN)])

    return _row(toxic, f"{toxic.type}, {ASKED} ms", LATE, run, stream, name=toxic.type)


def _bandwidth(rate: int) -> Row:
    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        return {"error": (toxic_probes.passed_in(endpoint.port, OVER) / (rate * 1000 * OVER) - 1) * 100}

    title = f"bandwidth, {rate:,} kB/s over {OVER:.0f} s"
    return _row(Toxic("bandwidth", {"rate": rate}), title, (RATE_ERROR,), run, lasts=OVER, name=f"bandwidth_{rate}")


def _slicer() -> Row:
    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        found = toxic_probes.pieces(endpoint.port, SLICED)
        return {"piece_p5": percentile(found, 5), "piece_p95": percentile(found, 95)}

    toxic = Toxic("slicer", {"average_size": SLICE, "size_variation": SPREAD, "delay": PAUSE})
    return _row(toxic, f"slicer, {SLICE} and {SPREAD} bytes", PIECES, run, lasts=0.5, name="slicer")


def _limit_data() -> Row:
    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        return {"off": sum(abs(toxic_probes.passed_at_most(endpoint.port) - LIMIT) for _ in range(OFTEN))}

    toxic = Toxic("limit_data", {"bytes": LIMIT})
    return _row(toxic, f"limit_data, {LIMIT:,} bytes", (BYTES_OFF,), run, "downstream", lasts=0.5, name="limit_data")


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    rows = [row for row in group.rows if row.metrics == LATE]
    return [Chart(group.name, group.title, [metric_bars(results, rows, metric) for metric in LATE[:2]])]


TOXIC_TIMES = Group(
    "toxic_times",
    "Accuracy of toxics",
    f"Late is what a client sees less what was asked for: the way there and back is in it. latency has {SESSIONS} "
    f"sessions that send a request a second each, evenly staggered; what ends a session is tried {OFTEN} times, one "
    "after the other.",
    (
        _latency(None, "no toxic", 0),
        _latency(Toxic("latency", {"latency": ASKED}), f"latency, {ASKED} ms", ASKED),
        _ending(Toxic("timeout", {"timeout": ASKED}), toxic_probes.until_closed),
        _ending(Toxic("slow_close", {"delay": ASKED}), toxic_probes.until_end_passed, "downstream"),
        _ending(Toxic("reset_peer", {"timeout": ASKED}), toxic_probes.until_reset),
        *(_bandwidth(rate) for rate in RATES),
        _slicer(),
        _limit_data(),
    ),
    _charts,
)
