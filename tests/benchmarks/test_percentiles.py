"""A percentile is one of the figures: the smallest that so many percent do not exceed."""

import pytest

from benchmarks.percentiles import percentile


@pytest.mark.parametrize(
    ("count", "percent", "expected"),
    [
        (1, 50, 1),
        (1, 99.9, 1),
        (2, 50, 1),
        (3, 50, 2),
        (100, 99, 99),
        (101, 99, 100),
        (1_000, 99.9, 999),
        (10_000, 99.9, 9_990),
        (10_000, 100, 10_000),
        (10_000, 0.01, 1),
    ],
)
def test_percentiles(count: int, percent: float, expected: int) -> None:
    assert percentile(range(1, count + 1), percent) == expected
