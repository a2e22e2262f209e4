"""The table of what calls cost: every variant beside plain dummy, in rate and in processor time."""

from benchmarks.calls_report import table
from benchmarks.figures import Figure, RowResult
from benchmarks.peers import Peer, direct
from benchmarks.variants import PLAIN, Variant

HALF = Variant(Peer("half", direct), "a hook", 2.0)
MISSING = Variant(Peer("haproxy", direct, missing="haproxy"), "HAProxy")


def result() -> RowResult:
    row = RowResult("redis", "Redis GET", "requests/s", "us/request", 0)
    for plain, half in ((1_000, 500), (2_000, 800), (4_000, 2_400)):
        row.add(PLAIN.peer.name, Figure(plain, 10))
        row.add("half", Figure(half, 10_000 / half))
    return row


def test_a_line_compares_a_variant_to_plain_dummy_in_each_round() -> None:
    lines = table(result(), [PLAIN, HALF]).splitlines()
    assert lines[2].split()[-7:] == ["0", "2,000", "1.00", "1.00..1.00", "10.00", "1.00", "1.00..1.00"]
    assert lines[3].split() == [
        *("a", "hook", "2"),
        *("800", "0.50", "0.40..0.60"),
        *("12.50", "1.25", "0.42..2.00"),
    ]


def test_what_is_missing_is_named() -> None:
    assert table(result(), [PLAIN, MISSING]).splitlines()[3].endswith("not measured: haproxy missing")
    row = RowResult("redis", "Redis GET", "requests/s", "us/request", 0, missing=["redis-server"])
    assert table(row, [PLAIN]) == "Redis GET: not measured, redis-server missing"
