"""What TLS costs: Vaurien that speaks it, on one side or on both, beside Vaurien in the clear."""

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

WITH_CLIENTS = ("--tls-self-signed",)
WITH_THE_BACKEND = ("--distant-tls", "--distant-verify", "no")


@dataclass(frozen=True)
class Variant:
    """Vaurien with `arguments`; `client` and `backend` say which of them speak TLS, whether with it or through it."""

    name: str
    title: str
    client: bool = False
    backend: bool = False
    arguments: tuple[str, ...] = ()


VARIANTS = (
    Variant("clear", "in the clear"),
    Variant("through", "TLS that passes through", client=True, backend=True),
    Variant("client", "TLS with clients", client=True, arguments=WITH_CLIENTS),
    Variant("backend", "TLS with the backend", backend=True, arguments=WITH_THE_BACKEND),
    Variant("both", "TLS with both", client=True, backend=True, arguments=(*WITH_CLIENTS, *WITH_THE_BACKEND)),
)
LOADS: dict[str, tuple[str, Callable[[int, int, str], Work]]] = {
    "keepalive": ("HTTP keep-alive", tools.keepalive),
    "connections": ("HTTP, a new connection each", tools.connections),
}


def _name(load: str, variant: Variant) -> str:
    return f"tls_{load}_{variant.name}"


def _row(load: str, variant: Variant) -> Row:
    title, tool = LOADS[load]

    def run(port: int, scale: Scale) -> Work:
        return tool(port, scale.tool, "https" if variant.client else "http")

    return Row(
        _name(load, variant),
        f"{title}, {variant.title}",
        (REQUESTS, CPU_PER_REQUEST),
        backends.https if variant.backend else backends.nginx,
        by_tool(run),
        ("nginx", "wrk"),
        peers=(with_arguments(*variant.arguments),),
        quick=load == "keepalive" and variant.name in ("clear", "client"),
        base=None if variant is VARIANTS[0] else _name(load, VARIANTS[0]),
    )


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    """The ratios to what is in the clear, a bar for each load."""
    panels = []
    for metric in (REQUESTS, CPU_PER_REQUEST):
        curves: dict[str, list[Point]] = {}
        for load, (title, _) in LOADS.items():
            base = Turns(_name(load, VARIANTS[0]), OURS)
            for place, variant in enumerate(VARIANTS[1:]):
                found = results.ratios(Turns(_name(load, variant), OURS), base, metric)
                curves.setdefault(title, []).extend(point(place, found))
        labels = [variant.title for variant in VARIANTS[1:]]
        panels.append(Panel(metric.title, "of that in the clear", shown(curves), labels, level=1.0))
    return [Chart(group.name, group.title, panels)]


TLS = Group(
    "tls",
    "TLS",
    "wrk has one thread and 50 connections. The ratios are to Vaurien's in the clear; client and backend spend time on "
    "TLS, too.",
    tuple(_row(load, variant) for load in LOADS for variant in VARIANTS),
    _charts,
    by_row=True,
)
