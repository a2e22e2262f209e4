"""The tables of the first benchmark: medians per peer, ratios per round, and what was not measured."""

from collections.abc import Sequence

from benchmarks.figures import Figure, RowResult
from benchmarks.first_report import cpu_table, table


def result(
    vaurien: Sequence[float], haproxy: Sequence[float], direct: Sequence[float] = (), cpu: float | None = None
) -> RowResult:
    """With a processor time for each figure that is its `cpu`-fold."""
    row = RowResult("redis", "Redis GET", "requests/s", "us/request", 0)
    for figure in direct:
        row.add("direct", Figure(figure))
    for peer, figures in (("vaurien", vaurien), ("haproxy", haproxy)):
        for figure in figures:
            row.add(peer, Figure(figure, None if cpu is None else figure * cpu))
    return row


def test_a_line_holds_medians_then_the_median_and_spread_of_the_ratios() -> None:
    text = table([result(vaurien=[10, 20, 90], haproxy=[10, 40, 100], direct=[1_000, 3_000, 2_000])])
    assert text.splitlines()[2].split() == [
        *("Redis", "GET", "requests/s"),
        *("2,000", "20", "40"),
        *("0.90", "0.50..1.00"),
    ]


def test_processor_times_have_a_table_of_their_own() -> None:
    text = cpu_table([result([10, 20, 90], [10, 40, 100], cpu=0.1), result([10], [20])])
    (line,) = text.splitlines()[2:]
    assert line.split() == ["Redis", "GET", "us/request", "2.00", "4.00", "0.90", "0.50..1.00"]
    assert cpu_table([result([10], [20])]) == ""


def test_columns_are_aligned() -> None:
    heading, rule, *lines = table([result([1], [2], [3]), result([100_000], [2], [3])]).splitlines()
    assert {len(line) for line in (heading, rule, *lines)} == {len(rule)}


def test_a_missing_program_is_named_in_its_row_and_widens_no_column() -> None:
    missing = RowResult("keepalive", "keep-alive", "requests/s", "us/request", 0, missing=["wrk", "nginx"])
    heading, _, line, _ = table([missing, result([1], [2], [3])]).splitlines()
    assert line.endswith("not measured: wrk, nginx missing")
    assert heading == table([result([1], [2], [3])]).splitlines()[0].replace(" " * len("Redis GET"), " " * 10, 1)


def test_a_peer_that_was_not_measured_leaves_a_dash_and_no_ratio() -> None:
    assert table([result([10], [])]).splitlines()[2].split()[3:] == ["-", "10", "-", "-", "-"]
