"""How exactly Vaurien's `delay` keeps the time that it is asked for."""

from collections.abc import Sequence

from benchmarks import backends
from benchmarks.charts import Chart, Panel, Point, point, shown
from benchmarks.clients import Pace, connected
from benchmarks.figures import Results, Turns
from benchmarks.groups import OURS, Group
from benchmarks.loads import WARM_UP, paced
from benchmarks.metrics import Metric
from benchmarks.peers import Endpoint
from benchmarks.percentiles import percentile
from benchmarks.rows import Figures, Row
from benchmarks.run_vaurien import VAURIEN, with_arguments
from benchmarks.scale import Scale

SESSIONS = (1, 100, 2_000)
ASKED = (0, 1, 10, 100, 1_000)  # milliseconds; 0 stands for plain dummy
QUICK = {(1, 0), (1, 10), (100, 0), (100, 10), (2_000, 0), (2_000, 10)}

# A session sends its next request when the last one has been answered for long: else a delayed call would read both
# at once, and the second would be early.
INTERVAL = 1.0  # seconds between two requests of a session
LONE_INTERVAL = 0.02  # of a session that has nobody beside it
MARGIN = 1.1  # times the delay is at least the interval

METRICS = (
    Metric("p50", "error, p50", "ms", 3),
    Metric("p99", "error, p99", "ms", 3),
    Metric("smallest", "smallest", "ms", 3),
    Metric("early", "early", "in all", 0, summary="sum"),
    Metric("requests", "requests", "in all", 0, better="more", summary="sum"),
)


def interval(sessions: int, asked_ms: int) -> float:
    """Seconds between two requests of a session."""
    return max(INTERVAL if sessions > 1 else LONE_INTERVAL, MARGIN * asked_ms / 1000)


def _counted(sessions: int) -> str:
    return f"{sessions:,} session{'s' if sessions > 1 else ''}"


def _row(sessions: int, asked_ms: int) -> Row:
    between = interval(sessions, asked_ms)

    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        # Each session sends at least twice.
        pace = Pace(sessions / between, max(scale.delay, 2 * between), overlapping=False)
        with connected(endpoint.port, sessions) as clients:
            trips, _ = paced(endpoint, clients, pace)
        errors = [seconds * 1000 - asked_ms for seconds in trips.seconds]
        return {
            "p50": percentile(errors, 50),
            "p99": percentile(errors, 99),
            "smallest": errors[0],
            "early": sum(error < 0 for error in errors),
            "requests": len(errors),
        }

    title = f"{asked_ms:,} ms" if asked_ms else "dummy"
    arguments = ("--behavior", "100:delay", "--handlers.delay.sleep", f"{asked_ms / 1000:g}")
    return Row(
        f"delay_{sessions}_{asked_ms}ms" if asked_ms else f"delay_{sessions}_dummy",
        f"{_counted(sessions)}, {title}",
        METRICS,
        backends.echo,
        run,
        peers=(with_arguments(*arguments) if asked_ms else VAURIEN,),
        lasts=lambda scale: max(scale.delay, 2 * between) + WARM_UP + 2 * asked_ms / 1000,
        sessions=sessions,
        quick=(sessions, asked_ms) in QUICK,
        x=asked_ms,
    )


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    """The error over the delay that was asked for; a curve for each number of sessions."""
    panels = []
    for metric in METRICS[:2]:
        curves: dict[str, list[Point]] = {}
        for row in group.rows:
            if row.x:
                points = point(row.x, results.series(Turns(row.name, OURS), metric))
                curves.setdefault(_counted(row.sessions), []).extend(points)
        panels.append(Panel(metric.title, metric.unit, shown(curves), x_title="asked, ms"))
    return [Chart(group.name, group.title, panels)]


DELAY = Group(
    "delay",
    "Accuracy of delay",
    "The error is a whole round trip less the delay asked for: the way there and back is in it, and is the round trip "
    "through plain dummy. Each session sends a request a second (a lone one up to fifty; at 1,000 ms, one in 1.1 s). "
    "Early are answers that came before their time.",
    tuple(_row(sessions, asked_ms) for sessions in SESSIONS for asked_ms in ASKED),
    _charts,
    by_row=True,
)
