"""Variants: Vaurien in several ways, each beside the first of them, with the traffic of two of the relay's rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks import backends, tools
from benchmarks.charts import Chart, Panel, Point, point, shown
from benchmarks.figures import Results, Turns
from benchmarks.groups import OURS, Group
from benchmarks.loads import by_tool
from benchmarks.metrics import CPU_PER_REQUEST, REQUESTS
from benchmarks.peers import Peer
from benchmarks.rows import Row
from benchmarks.scale import Scale
from benchmarks.tools import Work

# Less than in the relay's row: where Python works on each call, it takes several times as long.
REDIS_EACH_SECOND = 30_000


class Named(Protocol):
    """What has a place in the name of a row."""

    @property
    def name(self) -> str: ...


class Variant(Named, Protocol):
    """One way to start Vaurien. Without `quick` it is left out of quick runs."""

    @property
    def title(self) -> str: ...
    @property
    def quick(self) -> bool: ...
    @property
    def peer(self) -> Peer: ...


@dataclass(frozen=True)
class Traffic:
    """What passes meanwhile."""

    name: str
    title: str
    backend: backends.Backend
    tool: Callable[[int, Scale], Work]
    programs: tuple[str, ...]
    quick: bool = False

    def row(self, variant: Named, prefix: str = "") -> str:
        """The name of the row of a variant."""
        return f"{prefix}{self.name}_{variant.name}"


def _redis(port: int, scale: Scale) -> Work:
    return tools.redis_get(port, REDIS_EACH_SECOND * scale.tool)


def _http(port: int, scale: Scale) -> Work:
    return tools.keepalive(port, scale.tool)


TRAFFICS = (
    Traffic("redis", "Redis GET", backends.redis, _redis, ("redis-server", "redis-benchmark"), quick=True),
    Traffic("http", "HTTP", backends.nginx, _http, ("nginx", "wrk")),
)


def rows(variants: Sequence[Variant], prefix: str = "") -> tuple[Row, ...]:
    """A row for each traffic and variant, compared to that of the first variant. `prefix` tells groups apart."""
    return tuple(
        Row(
            traffic.row(variant, prefix),
            f"{traffic.title}, {variant.title}",
            (REQUESTS, CPU_PER_REQUEST),
            traffic.backend,
            by_tool(traffic.tool),
            traffic.programs,
            peers=(variant.peer,),
            quick=traffic.quick and variant.quick,
            base=None if variant is variants[0] else traffic.row(variants[0], prefix),
        )
        for traffic in TRAFFICS
        for variant in variants
    )


def ratios(variants: Sequence[Variant], prefix: str = "") -> Callable[[Group, Results], Sequence[Chart]]:
    """A group's `charts`: the ratios to the first variant, a bar for each kind of traffic."""

    def charts(group: Group, results: Results) -> Sequence[Chart]:
        names = {row.name for row in group.rows}
        there = [item for item in variants if any(traffic.row(item, prefix) in names for traffic in TRAFFICS)]
        panels = []
        for metric in (REQUESTS, CPU_PER_REQUEST):
            curves: dict[str, list[Point]] = {}
            for traffic in TRAFFICS:
                base = Turns(traffic.row(variants[0], prefix), OURS)
                for place, variant in enumerate(there):
                    found = results.ratios(Turns(traffic.row(variant, prefix), OURS), base, metric)
                    curves.setdefault(traffic.title, []).extend(point(place, found))
            labels = [variant.title for variant in there]
            panels.append(Panel(metric.title, "of plain dummy's", shown(curves), labels, level=1.0))
        return [Chart(group.name, group.title, panels)]

    return charts
