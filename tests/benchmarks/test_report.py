"""The table: medians per peer, ratios per round, and what was not measured."""

from collections.abc import Sequence

import pytest

from benchmarks.report import RowResult, as_data, table


def result(vaurien: Sequence[float], haproxy: Sequence[float], direct: Sequence[float] = ()) -> RowResult:
    row = RowResult("redis", "Redis GET", "requests/s", 0)
    for peer, figures in (("direct", direct), ("vaurien", vaurien), ("haproxy", haproxy)):
        for figure in figures:
            row.add(peer, figure)
    return row


def test_ratios_are_taken_within_each_round() -> None:
    # The medians are 20 and 40; a ratio of medians would be 0.5, which no round had.
    row = result(vaurien=[10, 20, 90], haproxy=[10, 40, 100])
    assert row.ratios() == [1.0, 0.5, 0.9]


def test_a_line_holds_medians_then_the_median_and_spread_of_the_ratios() -> None:
    text = table([result(vaurien=[10, 20, 90], haproxy=[10, 40, 100], direct=[1_000, 3_000, 2_000])])
    assert text.splitlines()[2].split() == [
        *("Redis", "GET", "requests/s"),
        *("2,000", "20", "40"),
        *("0.90", "0.50..1.00"),
    ]


def test_columns_are_aligned() -> None:
    heading, rule, *lines = table([result([1], [2], [3]), result([100_000], [2], [3])]).splitlines()
    assert {len(line) for line in (heading, rule, *lines)} == {len(rule)}


def test_a_missing_program_is_named_in_its_row() -> None:
    row = RowResult("keepalive", "HTTP keep-alive", "requests/s", 0, missing=["wrk", "nginx"])
    assert table([row]).splitlines()[2].endswith("not measured: wrk, nginx missing")


def test_a_peer_that_was_not_measured_leaves_a_dash_and_no_ratio() -> None:
    assert table([result([10], [])]).splitlines()[2].split()[3:] == ["-", "10", "-", "-", "-"]


def test_data_has_every_figure() -> None:
    data = as_data([result([10, 20], [20, 20])], {"CPU": "x"}, {"rounds": 2})
    assert data["environment"] == {"CPU": "x"}
    assert data["settings"] == {"rounds": 2}
    assert data["rows"]["redis"]["figures"] == {"vaurien": [10, 20], "haproxy": [20, 20]}
    assert data["rows"]["redis"]["ratios"] == pytest.approx([0.5, 1.0])
