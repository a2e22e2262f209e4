"""Which rows there are, and which of them a run has."""

import pytest

from benchmarks.line_up import LINE_UP, PROXIES
from benchmarks.run_vaurien import VAURIEN
from benchmarks.scale import FULL, QUICK
from benchmarks.selection import GROUPS, parse_names, select
from benchmarks.turns import estimate
from tests.benchmarks.samples import OTHER

ROWS = [row for group in GROUPS for row in group.rows]


def names(quick: bool = False, only: str | None = None) -> dict[str, list[str]]:
    chosen = select(quick, parse_names(only) if only else [])
    return {group.name: [row.name for row in group.rows] for group in chosen}


def test_names_are_unique_and_every_base_is_a_row() -> None:
    found = [row.name for row in ROWS]
    assert len(set(found)) == len(found)
    assert {row.base for row in ROWS if row.base} <= set(found)
    # a group may have the name of a row only where it is its only one
    for group in GROUPS:
        assert group.name not in found or [row.name for row in group.rows] == [group.name]


def test_a_quick_run_has_every_group() -> None:
    assert names(quick=True).keys() == names().keys() == {group.name for group in GROUPS}
    assert sum(map(len, names(quick=True).values())) < sum(map(len, names().values()))


def test_durations_are_as_promised() -> None:
    assert estimate(select(quick=True), QUICK) < 120
    assert 20 * 60 < estimate(select(quick=False), FULL) < 60 * 60


def test_groups_and_rows_are_chosen_by_name() -> None:
    assert names(only="latency,bulk_8") == {"relay": ["bulk_8"], "latency": ["latency"]}
    assert names(quick=True, only="bulk_8") == {"relay": ["bulk_8"]}
    assert names(quick=True, only="relay") == {"relay": names(quick=True)["relay"]}


def test_a_row_brings_the_one_that_it_is_compared_to() -> None:
    assert names(only="http_delay_20") == {"calls": ["http_dummy", "http_delay_20"]}


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^unknown group or row 'bulky'; choose from relay, bulk, "):
        parse_names("bulk,bulky")


def test_one_more_peer_takes_turns_where_proxies_are_compared() -> None:
    by_name = {row.name: row for group in select(False, also=[OTHER]) for row in group.rows}
    assert by_name["bulk"].peers == (*LINE_UP, OTHER)
    assert by_name["idle_0"].peers == (*PROXIES, OTHER)
    assert by_name["delay_1_dummy"].peers == (VAURIEN,)
