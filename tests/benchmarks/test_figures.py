"""Ratios belong to a round; the data for --json have every figure."""

import pytest

from benchmarks.data import as_data
from benchmarks.figures import Figure, RowResult, ratios


def test_ratios_are_taken_within_each_round() -> None:
    # The medians are 20 and 40; a ratio of medians would be 0.5, which no round had.
    assert ratios({"a": [10, 20, 90], "b": [10, 40, 100]}, "a", "b") == [1.0, 0.5, 0.9]
    assert ratios({"a": [10]}, "a", "b") == []


def test_data_have_every_figure() -> None:
    row = RowResult("redis", "Redis GET", "requests/s", "us/request", 0)
    for ours, theirs in ((Figure(10, 3.0), Figure(20, 1.5)), (Figure(20, 4.0), Figure(20, 1.0))):
        row.add("vaurien", ours)
        row.add("haproxy", theirs)
    data = as_data([row], [("vaurien", "haproxy")], {"CPU": "x"}, {"rounds": 2})
    assert data["environment"] == {"CPU": "x"}
    assert data["settings"] == {"rounds": 2}
    assert data["rows"]["redis"]["figures"] == {"vaurien": [10, 20], "haproxy": [20, 20]}
    assert data["rows"]["redis"]["cpu"] == {"vaurien": [3.0, 4.0], "haproxy": [1.5, 1.0]}
    assert data["rows"]["redis"]["ratios"]["vaurien/haproxy"] == pytest.approx([0.5, 1.0])
    assert data["rows"]["redis"]["cpu_ratios"]["vaurien/haproxy"] == pytest.approx([2.0, 4.0])
