"""How cost grows: with the number of sessions, and with the size of messages."""

import functools
from collections.abc import Sequence

from benchmarks import backends, tools
from benchmarks.charts import Chart, metric_lines
from benchmarks.clients import Pace, connected
from benchmarks.figures import Results
from benchmarks.groups import Group
from benchmarks.loads import WARM_UP, by_tool, paced
from benchmarks.metrics import CPU_PER_REQUEST, REQUESTS, Metric
from benchmarks.peers import Endpoint
from benchmarks.percentiles import percentile
from benchmarks.rows import Figures, Row
from benchmarks.scale import Scale
from benchmarks.tools import Work

SESSIONS = {1: True, 10: False, 100: True, 1_000: True, 5_000: False}  # and whether they are in a quick run
RATE = 5_000  # requests per second, over all sessions
OPENING = 0.0003  # seconds for a session, to estimate

SIZES = {64: True, 1_024: False, 16_384: True, 65_536: False, 262_144: False, 1_048_576: True}  # bytes
# About what a proxy does in a second, whichever is less.
REQUESTS_EACH_SECOND = 40_000
BYTES_EACH_SECOND = 1_000_000_000

# From this size on HAProxy does better when it is told to splice all, as in the relay's bulk rows.
BULK_SIZE = 16_384  # bytes

P50 = Metric("p50", "round trip, p50", "us", 1)
P99 = Metric("p99", "round trip, p99", "us", 1)
MEGABYTES = Metric("megabytes", "throughput", "MB/s", 1, better="more")


def _sessions(sessions: int) -> Row:
    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        with connected(endpoint.port, sessions) as clients:
            trips, figures = paced(endpoint, clients, Pace(RATE, scale.growth))
        p50, p99 = (percentile(trips.seconds, percent) * 1e6 for percent in (50, 99))
        return {**figures, "p50": p50, "p99": p99}

    return Row(
        f"sessions_{sessions}",
        f"{sessions:,} session{'s' if sessions > 1 else ''}",
        (CPU_PER_REQUEST, P50, P99),
        backends.echo,
        run,
        lasts=lambda scale: scale.growth + WARM_UP + sessions * OPENING,
        sessions=sessions,
        quick=SESSIONS[sessions],
        x=sessions,
    )


def _size(size: int) -> Row:
    each_second = min(REQUESTS_EACH_SECOND, BYTES_EACH_SECOND // size)

    def tool(port: int, scale: Scale) -> Work:
        return tools.redis_get(port, round(each_second * scale.growth))

    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        figures = by_tool(tool)(endpoint, scale)
        return {**figures, "megabytes": figures["rate"] * size / 1e6}

    return Row(
        f"size_{size}",
        f"{size:,} bytes",
        (REQUESTS, MEGABYTES, CPU_PER_REQUEST),
        functools.partial(backends.redis, value_size=size),
        run,
        ("redis-server", "redis-benchmark"),
        lasts=lambda scale: scale.growth,
        bulk=size >= BULK_SIZE,
        quick=SIZES[size],
        x=size,
    )


def _session_charts(group: Group, results: Results) -> Sequence[Chart]:
    panels = [metric_lines(results, group.rows, metric, "sessions", False) for metric in (CPU_PER_REQUEST, P50, P99)]
    return [Chart(group.name, group.title, panels)]


def _size_charts(group: Group, results: Results) -> Sequence[Chart]:
    panels = [
        metric_lines(results, group.rows, metric, "bytes", True) for metric in (REQUESTS, MEGABYTES, CPU_PER_REQUEST)
    ]
    return [Chart(group.name, group.title, panels)]


GROWTH_BY_SESSIONS = Group(
    "growth_sessions",
    "Growth with the number of sessions",
    f"{RATE:,} requests a second in all, by the clock, over so many sessions in turn.",
    tuple(_sessions(sessions) for sessions in SESSIONS),
    _session_charts,
)
GROWTH_BY_SIZE = Group(
    "growth_sizes",
    "Growth with the size of messages",
    "Redis GET of a value of so many bytes, as fast as goes, over 50 connections.",
    tuple(_size(size) for size in SIZES),
    _size_charts,
)
