"""What toxics cost: each beside none, and beside Toxiproxy's."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import backends, tools
from benchmarks.charts import Chart, Panel, Point, curves, point, shown
from benchmarks.figures import Results, Series, Turns
from benchmarks.groups import OURS, Group
from benchmarks.idle import OPENING, PER_SESSION, SETTLE, idle
from benchmarks.loads import by_tool
from benchmarks.metrics import CPU_PER_MEGABYTE, CPU_PER_REQUEST, GIGABITS, REQUESTS
from benchmarks.peers import Endpoint
from benchmarks.rows import Figures, Row
from benchmarks.scale import Scale
from benchmarks.tools import Work
from benchmarks.toxic_peers import Toxic, peers

LONG = 600_000  # milliseconds: longer than any turn
SESSIONS = 1_000
REDIS_EACH_SECOND = 20_000


@dataclass(frozen=True)
class Variant:
    """A proxy with a toxic, or with none.

    `passes` says that bytes go through it, as fast as they come if it does not `bind`; else it is idle sessions only
    of which it is known what they cost.
    """

    name: str
    title: str
    toxic: Toxic | None = None
    passes: bool = True
    binds: bool = False
    quick: bool = False


PLAIN = Variant("dummy", "no toxic", quick=True)
VARIANTS = (
    PLAIN,
    # Its ratio differs from 1 by chance alone, and says how much of the other ratios is chance.
    Variant("dummy_again", "the same, once more"),
    Variant("noop", "noop", Toxic("noop")),
    Variant("latency", "latency, 1 ms", Toxic("latency", {"latency": 1}), quick=True),
    Variant("bandwidth", "bandwidth, 10 GB/s", Toxic("bandwidth", {"rate": 10_000_000})),
    Variant("bandwidth_10", "bandwidth, 10 MB/s", Toxic("bandwidth", {"rate": 10_000}), binds=True),
    Variant("slicer", "slicer, 1 kB", Toxic("slicer", {"average_size": 1_000, "size_variation": 100, "delay": 0})),
    Variant("limit_data", "limit_data, 1 TB", Toxic("limit_data", {"bytes": 10**12})),
    Variant("slow_close", "slow_close, 1 ms", Toxic("slow_close", {"delay": 1})),
    Variant("packet_loss", "packet_loss, 0", Toxic("packet_loss", {"loss_rate": 0}, shared=False)),
    Variant("corrupt", "corrupt, 0", Toxic("corrupt", {"probability": 0}, shared=False)),
    Variant("limit_time", "limit_time, 10 min", Toxic("limit_time", {"time": LONG}, shared=False)),
    Variant("timeout", "timeout, 10 min", Toxic("timeout", {"timeout": LONG}), passes=False),
    Variant("reset_peer", "reset_peer, 10 min", Toxic("reset_peer", {"timeout": LONG}), passes=False),
)


def _name(kind: str, variant: Variant) -> str:
    return f"toxics_{kind}_{variant.name}"


def _base(kind: str, variant: Variant) -> str | None:
    return None if variant is PLAIN else _name(kind, PLAIN)


def _bulk(variant: Variant) -> Row:
    def tool(port: int, scale: Scale) -> Work:
        return tools.bulk(port, scale.tool)

    return Row(
        _name("bulk", variant),
        f"bulk, {variant.title}",
        (GIGABITS, CPU_PER_MEGABYTE),
        backends.iperf3,
        by_tool(tool),
        ("iperf3",),
        peers=peers(variant.toxic, "upstream"),
        quick=variant.quick,
        base=_base("bulk", variant),
    )


def _redis(variant: Variant) -> Row:
    def tool(port: int, scale: Scale) -> Work:
        return tools.redis_get(port, REDIS_EACH_SECOND * scale.tool)

    return Row(
        _name("redis", variant),
        f"Redis GET, {variant.title}",
        (REQUESTS, CPU_PER_REQUEST),
        backends.redis,
        by_tool(tool),
        ("redis-server", "redis-benchmark"),
        peers=peers(variant.toxic, "downstream"),
        quick=variant.quick,
        base=_base("redis", variant),
    )


def _idle(variant: Variant) -> Row:
    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        return {"per_session": idle(endpoint, scale, SESSIONS, variant.passes)["per_session"]}

    return Row(
        _name("idle", variant),
        f"{SESSIONS:,} idle sessions, {variant.title}",
        (PER_SESSION,),
        backends.echo,
        run,
        peers=peers(variant.toxic, "upstream"),
        lasts=lambda scale: SETTLE + scale.idle + SESSIONS * OPENING,
        sessions=SESSIONS,
        quick=variant.quick,
        base=_base("idle", variant),
    )


def _rows() -> tuple[Row, ...]:
    passing = [variant for variant in VARIANTS if variant.passes]
    return (
        *(_bulk(variant) for variant in passing),
        *(_redis(variant) for variant in passing if not variant.binds),
        *(_idle(variant) for variant in VARIANTS),
    )


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    """Rates and processor times as ratios to those without a toxic; memory, of each proxy."""
    panels = []
    for metric in (REQUESTS, CPU_PER_REQUEST):
        found: dict[str, list[Point]] = {}
        for kind, title in (("bulk", "bulk"), ("redis", "Redis GET")):
            base = Turns(_name(kind, PLAIN), OURS)
            for place, variant in enumerate(VARIANTS):
                ratios = results.ratios(Turns(_name(kind, variant), OURS), base, metric)
                found.setdefault(title, []).extend(point(place, ratios))
        labels = [variant.title for variant in VARIANTS]
        panels.append(Panel(metric.title, "of that without a toxic", shown(found), labels, level=1.0))
    rows = [row for row in group.rows if row.metrics == (PER_SESSION,)]
    places = {row.name: place for place, row in enumerate(rows)}

    def get(row: Row, peer: str) -> tuple[float, Series]:
        return places[row.name], results.series(Turns(row.name, peer), PER_SESSION)

    panels.append(Panel(PER_SESSION.title, PER_SESSION.unit, curves(rows, get), [row.title for row in rows]))
    return [Chart(group.name, group.title, panels)]


TOXICS = Group(
    "toxics",
    "Toxics",
    "One toxic each, in the direction of the bulk stream or of the answers. The base is Vaurien without a toxic.",
    _rows(),
    _charts,
)
