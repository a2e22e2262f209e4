"""What the plots show: medians and spreads, at the place of their row, for each peer that has figures."""

from benchmarks.calls import CALLS
from benchmarks.charts import Panel, Point, metric_bars, metric_lines
from benchmarks.delay import DELAY
from benchmarks.groups import Group
from benchmarks.latency import LATENCY
from benchmarks.relay import RELAY
from benchmarks.selection import GROUPS
from tests.benchmarks.samples import RATE, results, row

FOUND = results(
    one__direct__rate=[4, 5, 9], one__vaurien__rate=[1, 3, 2], two__vaurien__rate=[8, 8, 8], two__other__rate=[1]
)


def panels(group: Group, **figures: list[float]) -> list[Panel]:
    (chart,) = group.charts(group, results(**figures))
    return list(chart.panels)


def test_bars_have_a_place_for_each_row() -> None:
    panel = metric_bars(FOUND, [row("one"), row("two")], RATE)
    assert panel.labels == ["the one", "the two"]
    assert panel.curves == {
        "direct": [Point(0, 5, 4, 9)],
        "Vaurien": [Point(0, 2, 1, 3), Point(1, 8, 8, 8)],
        "Other": [Point(1, 1, 1, 1)],
    }


def test_lines_have_the_x_of_their_rows() -> None:
    panel = metric_lines(FOUND, [row("one", x=64), row("two", x=1024)], RATE, "bytes", logarithmic=True)
    assert panel.curves["Vaurien"] == [Point(64, 2, 1, 3), Point(1024, 8, 8, 8)]
    assert (panel.x_title, panel.unit, panel.logarithmic) == ("bytes", "things/s", True)


def test_the_relay_is_shown_as_a_share_of_what_goes_directly() -> None:
    (panel,) = panels(RELAY, bulk__direct__rate=[20, 40], bulk__vaurien__rate=[10, 10], bulk__haproxy__rate=[20, 20])
    assert panel.curves == {"Vaurien": [Point(0, 0.375, 0.25, 0.5)], "HAProxy": [Point(0, 0.75, 0.5, 1.0)]}


def test_latency_is_shown_whole_and_as_what_is_added() -> None:
    figures = {"latency__direct__p50": [30.0], "latency__vaurien__p50": [90.0], "latency__vaurien__p99": [200.0]}
    whole, added = panels(LATENCY, **figures)
    assert whole.curves == {
        "direct": [Point(0, 30, 30, 30)],
        "Vaurien": [Point(0, 90, 90, 90), Point(1, 200, 200, 200)],
    }
    assert added.curves == {"Vaurien": [Point(0, 60, 60, 60)]}


def test_delays_have_a_curve_for_each_number_of_sessions() -> None:
    figures = {
        "delay_1_10ms__vaurien__p50": [0.2],
        "delay_2000_1ms__vaurien__p50": [0.3],
        "delay_1_dummy__vaurien__p50": [9],
    }
    p50, p99 = panels(DELAY, **figures)
    assert p50.curves == {"1 session": [Point(10, 0.2, 0.2, 0.2)], "2,000 sessions": [Point(1, 0.3, 0.3, 0.3)]}
    assert p99.curves == {}


def test_calls_are_shown_beside_plain_dummy() -> None:
    rate, cpu = panels(CALLS, redis_dummy__vaurien__rate=[100], redis_dummy_again__vaurien__rate=[90])
    assert rate.curves == {"Redis GET": [Point(0, 1, 1, 1), Point(1, 0.9, 0.9, 0.9)]}
    assert rate.labels[:2] == ["dummy, no hook", "the same, once more"]
    assert cpu.curves == {}


def test_every_group_has_a_chart_of_its_own_which_is_empty_without_figures() -> None:
    charts = [chart for group in GROUPS for chart in group.charts(group, results())]
    assert [chart.name for chart in charts] == [group.name for group in GROUPS]
    assert all(chart.is_empty() for chart in charts)
