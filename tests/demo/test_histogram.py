"""The histogram: every value in one bucket, and the right one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaurien.demo.histogram import BOUNDS, Histogram


@pytest.mark.parametrize(
    ("value", "bucket"),
    [(0.0, 0), (0.00099, 0), (0.001, 1), (0.0029, 1), (0.003, 2), (0.099, 4), (0.1, 5), (0.29, 5), (0.3, 6), (99, 6)],
)
def test_a_value_lands_in_its_bucket(value: float, bucket: int) -> None:
    histogram = Histogram()
    histogram.add(value)
    assert [index for index, count in enumerate(histogram.counts) if count] == [bucket]


def test_labels_are_in_milliseconds_one_for_each_bucket() -> None:
    assert Histogram((0.0005, 0.01, 2)).labels() == ["under 0.5 ms", "0.5 - 10 ms", "10 - 2000 ms", "over 2000 ms"]
    assert len(Histogram().labels()) == len(Histogram().counts) == len(BOUNDS) + 1


def test_without_values_all_shares_are_nothing() -> None:
    assert Histogram((1, 2)).shares() == [0, 0, 0]


def test_shares_are_parts_of_all() -> None:
    histogram = Histogram((1, 2))
    for value in (0.5, 1.5, 1.7, 9):
        histogram.add(value)
    assert histogram.shares() == [0.25, 0.5, 0.25]


@given(st.lists(st.floats(min_value=0, max_value=10)))
def test_every_value_is_counted_once_between_its_bounds(values: list[float]) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    assert histogram.total == len(values)
    limits = (0.0, *BOUNDS, float("inf"))
    for index, count in enumerate(histogram.counts):
        assert count == sum(limits[index] <= value < limits[index + 1] for value in values)
