"""What calls, hooks and handlers cost: variants of Vaurien, each beside plain `dummy`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import backends, tools
from benchmarks.charts import Chart, Panel, Point, point, shown
from benchmarks.figures import Results, Turns
from benchmarks.groups import OURS, Group
from benchmarks.loads import by_tool
from benchmarks.metrics import CPU_PER_REQUEST, REQUESTS
from benchmarks.rows import Row
from benchmarks.run_vaurien import with_arguments
from benchmarks.scale import Scale
from benchmarks.tools import Work

HOOKS = "benchmarks.extensions"
HANDLER = "benchmarks.extensions.Relaying"
# Less than in the relay's row: where Python works on each call, it takes several times as long.
REDIS_EACH_SECOND = 30_000


@dataclass(frozen=True)
class Variant:
    """Vaurien with `arguments`.

    `calls` are those of a request, on average, on which something else than the event loop works: a request and its
    answer are two calls, one each way.
    """

    name: str
    title: str
    calls: float
    arguments: tuple[str, ...] = ()
    quick: bool = False


def _delay(share: str) -> tuple[str, ...]:
    return ("--behavior", f"{share}:delay", "--handlers.delay.sleep", "0")


PLAIN = Variant("dummy", "dummy, no hook", 0.0, quick=True)
VARIANTS = (
    PLAIN,
    # Its ratio differs from 1 by chance alone, and says how much of the other ratios is chance.
    Variant("dummy_again", "the same, once more", 0.0),
    Variant("session_hook", "hook: session_started, session_ended", 0.0, ("--hook", f"{HOOKS}.SessionHook"), True),
    Variant("call_hook", "hook: before, after", 2.0, ("--hook", f"{HOOKS}.CallHook"), True),
    Variant("filter_hook", "hook: incoming, outgoing", 2.0, ("--hook", f"{HOOKS}.FilterHook")),
    Variant("viewer", "hook: viewer to /dev/null", 2.0, ("--hook", "viewer", "--hooks.viewer.stream", "/dev/null")),
    # Unless it is told otherwise, delay acts on the calls to the backend alone.
    Variant("delay_20", "20:delay of 0 s", 0.2, _delay("20"), True),
    Variant("delay_100", "100:delay of 0 s", 1.0, _delay("100")),
    Variant("handler_20", "20 % to a handler in Python", 0.4, ("--behavior", f"20:{HANDLER}"), True),
    Variant("handler_100", "100 % to a handler in Python", 2.0, ("--behavior", f"100:{HANDLER}"), True),
)


@dataclass(frozen=True)
class Traffic:
    """What passes meanwhile: that of two of the relay's rows."""

    name: str
    title: str
    backend: backends.Backend
    tool: Callable[[int, Scale], Work]
    programs: tuple[str, ...]
    quick: bool = False

    def row(self, variant: Variant) -> str:
        """The name of the row of a variant."""
        return f"{self.name}_{variant.name}"


def _redis(port: int, scale: Scale) -> Work:
    return tools.redis_get(port, REDIS_EACH_SECOND * scale.tool)


def _http(port: int, scale: Scale) -> Work:
    return tools.keepalive(port, scale.tool)


TRAFFICS = (
    Traffic("redis", "Redis GET", backends.redis, _redis, ("redis-server", "redis-benchmark"), quick=True),
    Traffic("http", "HTTP", backends.nginx, _http, ("nginx", "wrk")),
)


def _row(traffic: Traffic, variant: Variant) -> Row:
    return Row(
        traffic.row(variant),
        f"{traffic.title}, {variant.title}",
        (REQUESTS, CPU_PER_REQUEST),
        traffic.backend,
        by_tool(traffic.tool),
        traffic.programs,
        peers=(with_arguments(*variant.arguments),),
        quick=traffic.quick and variant.quick,
        base=None if variant is PLAIN else traffic.row(PLAIN),
    )


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    """Ratios to plain dummy; a bar for each kind of traffic."""
    names = {row.name for row in group.rows}
    variants = [variant for variant in VARIANTS if any(traffic.row(variant) in names for traffic in TRAFFICS)]
    panels = []
    for metric in (REQUESTS, CPU_PER_REQUEST):
        curves: dict[str, list[Point]] = {}
        for traffic in TRAFFICS:
            base = Turns(traffic.row(PLAIN), OURS)
            for place, variant in enumerate(variants):
                ratios = results.ratios(Turns(traffic.row(variant), OURS), base, metric)
                curves.setdefault(traffic.title, []).extend(point(place, ratios))
        labels = [variant.title for variant in variants]
        panels.append(Panel(metric.title, "of plain dummy's", shown(curves), labels, level=1.0))
    return [Chart(group.name, group.title, panels)]


CALLS = Group(
    "calls",
    "Calls, hooks and handlers",
    "Redis GET and HTTP keep-alive, 50 connections each. The ratios are to plain dummy.",
    tuple(_row(traffic, variant) for traffic in TRAFFICS for variant in VARIANTS),
    _charts,
    by_row=True,
)
