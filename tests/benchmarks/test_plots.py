"""Plots are SVG files with the words of their chart in them."""

import xml.etree.ElementTree
from pathlib import Path

import pytest

from benchmarks.charts import Chart, Panel, Point
from benchmarks.plots import can_draw, draw

# What matplotlib warns of is no fault of ours.
pytestmark = pytest.mark.filterwarnings("default")

POINTS = [Point(1, 2.0, 1.0, 3.0), Point(100, 20.0, 10.0, 30.0)]
LINES = Panel("lines", "us", {"Vaurien": POINTS, "another": POINTS[:1]}, x_title="sessions", logarithmic=True)
BARS = Panel("bars", "MB", {"HAProxy": [Point(0, 2.0, 2.0, 2.0)]}, ["one row", "no figure"], level=1.0)
CHART = Chart("name", "The chart", [LINES, BARS, Panel("empty", "s", {})])


# Drawn outside the tests: matplotlib keeps the files of its fonts open, which are none of a test's leavings.
@pytest.fixture(scope="module")
def plot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not can_draw():
        # Not even in CI a failure: `make test` does not bring it, and `make check` does.
        pytest.skip("matplotlib is not installed (pip install vaurien[bench])")
    path = tmp_path_factory.mktemp("plots") / "name.svg"
    draw(CHART, path)
    return path


def test_a_plot_is_svg_with_all_words_of_its_chart(plot: Path) -> None:
    root = xml.etree.ElementTree.parse(plot).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = {"".join(text.itertext()).strip() for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert words >= {"The chart", "lines", "us", "sessions", "1", "100", "bars", "MB", "one row", "no figure", "empty"}
    assert words >= {"Vaurien", "another", "HAProxy"}  # the legend


def test_the_same_figures_make_the_same_file(plot: Path, tmp_path: Path) -> None:
    draw(CHART, tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == plot.read_bytes()
