"""The speed of the relay: as much as goes, in a few kinds of traffic."""

from collections.abc import Sequence

from benchmarks import backends, tools
from benchmarks.charts import Chart, Panel, curves
from benchmarks.figures import Results, Series, Turns
from benchmarks.groups import Group
from benchmarks.loads import by_tool
from benchmarks.metrics import CPU_PER_MEGABYTE, CPU_PER_REQUEST, GIGABITS, REQUESTS
from benchmarks.rows import Row
from benchmarks.scale import Scale
from benchmarks.tools import Work


def _bulk(name: str, title: str, streams: int, quick: bool = False) -> Row:
    def run(port: int, scale: Scale) -> Work:
        return tools.bulk(port, scale.tool, streams)

    metrics = (GIGABITS, CPU_PER_MEGABYTE)
    return Row(name, title, metrics, backends.iperf3, by_tool(run), ("iperf3",), bulk=True, quick=quick)


def _redis(name: str, connections: int, pipeline: int, each_second: int, quick: bool = False) -> Row:
    """redis-benchmark is told a number of requests, not a time: `each_second` is about what a proxy does."""

    def run(port: int, scale: Scale) -> Work:
        return tools.redis_get(port, each_second * scale.tool, connections, pipeline)

    many = f"{connections} connection{'s' if connections > 1 else ''}"
    title = f"Redis GET, {many}{f', {pipeline} at once' if pipeline > 1 else ''}"
    programs = ("redis-server", "redis-benchmark")
    return Row(name, title, (REQUESTS, CPU_PER_REQUEST), backends.redis, by_tool(run), programs, quick=quick)


def _http(name: str, title: str, close: bool) -> Row:
    def run(port: int, scale: Scale) -> Work:
        return tools.connections(port, scale.tool) if close else tools.keepalive(port, scale.tool)

    metrics = (REQUESTS, CPU_PER_REQUEST)
    return Row(name, title, metrics, backends.nginx, by_tool(run), ("nginx", "wrk"), quick=True)


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    """Rates as a share of the rate without a proxy."""
    places = {row.name: place for place, row in enumerate(group.rows)}

    def get(row: Row, peer: str) -> tuple[float, Series]:
        turns, direct = Turns(row.name, peer), Turns(row.name, "direct")
        return places[row.name], [] if peer == "direct" else results.ratios(turns, direct, REQUESTS)

    labels = [row.title for row in group.rows]
    panel = Panel("rate", "of the rate without a proxy", curves(group.rows, get), labels, level=1.0)
    return [Chart(group.name, group.title, [panel])]


RELAY = Group(
    "relay",
    "Speed of the relay",
    "Each tool sends as much as goes through. wrk has one thread and 50 connections.",
    (
        _bulk("bulk", "one bulk stream", 1, quick=True),
        _bulk("bulk_8", "eight bulk streams", 8),
        _redis("redis_1", 1, 1, 10_000),
        _redis("redis_50", 50, 1, 40_000, quick=True),
        _redis("redis_500", 500, 1, 35_000),
        _redis("redis_1_pipelined", 1, 16, 150_000),
        _redis("redis_50_pipelined", 50, 16, 700_000, quick=True),
        _redis("redis_500_pipelined", 500, 16, 500_000),
        _http("keepalive", "HTTP keep-alive", close=False),
        _http("connections", "HTTP, a new connection each", close=True),
    ),
    _charts,
)
