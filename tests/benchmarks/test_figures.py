"""What follows from figures stays within their round."""

import pytest

from benchmarks.figures import Summary, Turns, summary
from tests.benchmarks.samples import ADDED, RATE, results

OURS, THEIRS, DIRECT = (Turns("row", peer) for peer in ("vaurien", "other", "direct"))


def test_ratios_are_taken_within_each_round() -> None:
    # The medians are 20 and 40; a ratio of medians would be 0.5, which only one round had.
    found = results(row__vaurien__rate=[10, 20, 90], row__other__rate=[10, 40, 100])
    assert found.ratios(OURS, THEIRS, RATE) == [1.0, 0.5, 0.9]


def test_a_round_without_a_figure_has_no_ratio_and_moves_no_other() -> None:
    found = results(row__vaurien__rate=[10, None, 90, 7], row__other__rate=[20, 40, 100, 0])
    assert found.ratios(OURS, THEIRS, RATE) == [0.5, None, 0.9, None]
    assert found.ratios(OURS, Turns("row", "nobody"), RATE) == [None] * 4


def test_added_is_the_figure_less_the_direct_one_of_the_round() -> None:
    found = results(row__direct__p50=[30, 50, 40], row__vaurien__p50=[90, 100, None], row__other__p50=[60, 75, 80])
    assert found.series(OURS, ADDED) == [60, 50, None]
    assert found.series(DIRECT, ADDED) == [None] * 3
    assert found.ratios(OURS, THEIRS, ADDED) == [2.0, 2.0, None]


def test_a_summary_is_the_median_or_the_sum() -> None:
    assert summary([3, None, 1, 8]) == Summary(3, 1, 8, 3)
    assert summary([1, 2]) == Summary(pytest.approx(1.5), 1, 2, 2)
    assert summary([0, 0, 2], "sum") == Summary(2, 0, 2, 3)
    assert summary([None, None]) is None
