"""Draws charts as SVG, with matplotlib, which is an extra and may be missing."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.charts import Chart, Panel, Point

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

PANEL_WIDTH = 5.5  # inches
HEIGHT = 4.2  # inches; more where there are many bars
BAR_HEIGHT = 0.16  # inches
COLORS = {"direct": "0.5", "Vaurien": "C3", "HAProxy": "C0", "Toxiproxy": "C2"}
SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text: smaller files, which can be searched
    "svg.hashsalt": "vaurien",  # the same figures make the same file
    "font.size": 9.0,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.axisbelow": True,
}


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw(chart: Chart, path: Path) -> None:
    """Writes the chart to the file. Needs matplotlib."""
    import matplotlib
    from matplotlib.figure import Figure

    bars = max(len(panel.labels) * (len(panel.curves) + 1) for panel in chart.panels)
    size = (PANEL_WIDTH * len(chart.panels), max(HEIGHT, 2 + bars * BAR_HEIGHT))
    legend: dict[str, Artist] = {}
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=size, layout="constrained")
        figure.suptitle(chart.title)
        for axes, panel in zip(figure.subplots(1, len(chart.panels), squeeze=False)[0], chart.panels, strict=True):
            axes.set_title(panel.title)
            (_draw_bars if panel.labels else _draw_lines)(axes, panel)
            handles, names = axes.get_legend_handles_labels()
            legend.update(zip(names, handles, strict=True))
        figure.legend(list(legend.values()), list(legend), loc="outside lower center", ncols=len(legend))
        figure.savefig(path, format="svg", metadata={"Date": None})


def _color(title: str, index: int) -> str:
    """A peer has the same color everywhere; other curves have those that no peer has."""
    return COLORS.get(title, f"C{index + 4}")


def _spread(points: Sequence[Point]) -> list[list[float]]:
    """How far each point reaches down and up, in the shape in which error bars are asked for."""
    return [[point.median - point.low for point in points], [point.high - point.median for point in points]]


def _draw_bars(axes: "Axes", panel: Panel) -> None:
    """Lying bars, from the first label at the top."""
    height = 0.8 / max(1, len(panel.curves))
    for index, (title, points) in enumerate(panel.curves.items()):
        axes.barh(
            [point.x + (index + 0.5) * height - 0.4 for point in points],
            [point.median for point in points],
            height,
            xerr=_spread(points),
            error_kw={"elinewidth": 0.8},
            label=title,
            color=_color(title, index),
        )
    axes.set_yticks(range(len(panel.labels)), panel.labels)
    axes.set_ylim(len(panel.labels) - 0.5, -0.5)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(panel.unit)
    if panel.level is not None:
        axes.axvline(panel.level, color="black", linewidth=0.8)


def _draw_lines(axes: "Axes", panel: Panel) -> None:
    """Lines with a tick below each point."""
    for index, (title, points) in enumerate(panel.curves.items()):
        axes.errorbar(
            [point.x for point in points],
            [point.median for point in points],
            yerr=_spread(points),
            marker="o",
            markersize=3,
            capsize=2,
            label=title,
            color=_color(title, index),
        )
    axes.set_xscale("log")
    places = sorted({point.x for points in panel.curves.values() for point in points})
    axes.set_xticks(places, [f"{place:,.0f}" for place in places], rotation=30)
    axes.set_xticks([], minor=True)
    if panel.logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel(panel.x_title)
    axes.set_ylabel(panel.unit)
