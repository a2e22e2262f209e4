"""What a protocol costs: Vaurien that cuts messages, beside Vaurien that does the same to plain tcp."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import cluster, tools
from benchmarks.charts import Chart, Panel, Point, point, shown
from benchmarks.figures import Results, Turns
from benchmarks.groups import OURS, Group
from benchmarks.loads import by_tool
from benchmarks.metrics import CPU_PER_REQUEST, REQUESTS
from benchmarks.rows import Row
from benchmarks.run_vaurien import with_arguments
from benchmarks.scale import Scale
from benchmarks.tools import Work
from benchmarks.variants import TRAFFICS, Traffic

PREFIX = "protocol_"


@dataclass(frozen=True)
class Variant:
    """Vaurien with `arguments`; `knows` the protocol of the traffic, or takes it for tcp. With `matching`, its handler
    is limited to calls that match, as all of this traffic do. `base` is the variant that it is compared to."""

    name: str
    title: str
    knows: bool
    arguments: tuple[str, ...] = ()
    base: str | None = None
    matching: bool = False

    def speaking(self, traffic: Traffic) -> tuple[str, ...]:
        """All arguments for this traffic, whose name is its protocol's."""
        match = ("--handlers.delay.match", MATCHES[traffic.name]) if self.matching else ()
        return ("--protocol", traffic.name if self.knows else "tcp", *self.arguments, *match)


# A behavior that asks for messages: one call in a hundred is for delay, which has nothing to wait for.
DELAY = ("--behavior", "1:delay", "--handlers.delay.sleep", "0")
EVERY = ("--behavior", "100:delay", "--handlers.delay.sleep", "0")
MATCHES = {"redis": "command:GET key:*", "http": "method:GET path:/*", "postgresql": "query:SELECT*"}
"""What all requests of each traffic match."""
VARIANTS = (
    Variant("tcp_dummy", "tcp, dummy", knows=False),
    Variant("dummy", "protocol, dummy", knows=True, base="tcp_dummy"),
    Variant("tcp_delay", "tcp, 1:delay of 0 s", knows=False, arguments=DELAY),
    Variant("delay", "protocol, 1:delay of 0 s", knows=True, arguments=DELAY, base="tcp_delay"),
    Variant("match", "protocol, 1:delay of 0 s that match", knows=True, arguments=DELAY, base="delay", matching=True),
    Variant("every", "protocol, 100:delay of 0 s", knows=True, arguments=EVERY, base="delay"),
    Variant("match_every", "protocol, 100:delay of 0 s that match", True, EVERY, base="every", matching=True),
)


def _pgbench(port: int, scale: Scale) -> Work:
    return tools.pgbench(port, scale.tool)


SPOKEN = (*TRAFFICS, Traffic("postgresql", "PostgreSQL", cluster.postgresql, _pgbench, cluster.PROGRAMS))


def _row(traffic: Traffic, variant: Variant) -> Row:
    return Row(
        traffic.row(variant, PREFIX),
        f"{traffic.title}, {variant.title}",
        (REQUESTS, CPU_PER_REQUEST),
        traffic.backend,
        by_tool(traffic.tool),
        traffic.programs,
        peers=(with_arguments(*variant.speaking(traffic)),),
        quick=traffic.quick and variant.name in ("tcp_dummy", "dummy", "tcp_delay", "delay"),
        base=None if variant.base is None else f"{PREFIX}{traffic.name}_{variant.base}",
    )


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    """The ratios to tcp, a bar for each kind of traffic."""
    compared = [variant for variant in VARIANTS if variant.base is not None]
    panels = []
    for metric in (REQUESTS, CPU_PER_REQUEST):
        curves: dict[str, list[Point]] = {}
        for traffic in SPOKEN:
            for place, variant in enumerate(compared):
                ours = Turns(traffic.row(variant, PREFIX), OURS)
                base = Turns(f"{PREFIX}{traffic.name}_{variant.base}", OURS)
                curves.setdefault(traffic.title, []).extend(point(place, results.ratios(ours, base, metric)))
        labels = [variant.title for variant in compared]
        panels.append(Panel(metric.title, "of plain tcp's", shown(curves), labels, level=1.0))
    return [Chart(group.name, group.title, panels)]


PROTOCOLS = Group(
    "protocols",
    "Protocols",
    "Redis GET, HTTP keep-alive and pgbench -S, 50 connections each. The ratios are to plain tcp with the same "
    "behavior; with a match to the same without.",
    tuple(_row(traffic, variant) for traffic in SPOKEN for variant in VARIANTS),
    _charts,
    by_row=True,
)
