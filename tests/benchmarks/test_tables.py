"""The tables: medians with their spread, ratios of the same round, and what is not in them."""

import io
from dataclasses import replace

import pytest
from docutils.core import publish_doctree

from benchmarks.figures import Summary
from benchmarks.tables import by_peer, by_row, cell, escaped, report, simple_table
from tests.benchmarks.samples import CPU, EARLY, MISSING, OTHER, RATE, VAURIEN, group, results, row


def cells(table: str) -> list[list[str]]:
    """The lines of a simple table without its rules, cut where there are two spaces or more."""
    return [line.split("  ") for line in _squeezed(table) if not line.startswith("==")]


def _squeezed(table: str) -> list[str]:
    lines = []
    for line in table.splitlines():
        while "   " in line:
            line = line.replace("   ", "  ")
        lines.append(line.strip())
    return lines


def test_a_cell_has_the_spread_where_there_are_rounds() -> None:
    assert cell(None, 2) == "n/a"
    assert cell(Summary(1234.5, 1234.5, 1234.5, 1), 0) == "1,234"
    assert cell(Summary(0.5, 0.25, 1000, 3), 2) == "0.50 (0.25..1,000.00)"


def test_peers_stand_side_by_side_with_the_ratios_of_their_rounds() -> None:
    measured = row("bulk", RATE, CPU)
    found = results(
        bulk__direct__rate=[100, 200, 300],
        bulk__vaurien__rate=[10, 20, 90],
        bulk__other__rate=[10, 40, 100],
        bulk__vaurien__cpu=[4, 4, 4],
        bulk__other__cpu=[2, 4, 8],
    )
    assert cells(by_peer(group(measured), found)) == [
        ["figure", "direct", "Vaurien", "Other", "Vaurien/direct", "Vaurien/Other"],
        [
            *("the bulk", "rate, things/s", "200 (100..300)", "20 (10..90)", "40 (10..100)"),
            *("0.10 (0.10..0.30)", "0.90 (0.50..1.00)"),
        ],
        [
            *("the bulk", "processor time, us/thing", "n/a", "4.00 (4.00..4.00)", "4.00 (2.00..8.00)"),
            *("n/a", "1.00 (0.50..2.00)"),
        ],
    ]


def test_rows_with_a_base_and_peers_are_compared_to_both() -> None:
    plain = row("plain", RATE, peers=[VAURIEN, OTHER])
    toxic = row("toxic", RATE, peers=[VAURIEN, OTHER], base="plain")
    found = results(
        plain__vaurien__rate=[100], plain__other__rate=[50], toxic__vaurien__rate=[80], toxic__other__rate=[40]
    )
    assert cells(by_peer(group(plain, toxic), found)) == [
        ["figure", "Vaurien", "Other", "Vaurien/its base", "Vaurien/Other"],
        ["the plain", "rate, things/s", "100", "50", "n/a", "2.00"],
        ["the toxic", "rate, things/s", "80", "40", "0.80", "2.00"],
    ]


def test_rows_with_a_base_are_compared_to_it() -> None:
    plain, hook = row("plain", RATE, peers=[VAURIEN]), row("hook", RATE, peers=[VAURIEN], base="plain")
    found = results(plain__vaurien__rate=[100, 200], hook__vaurien__rate=[50, 150])
    assert cells(by_row(group(plain, hook, by_row=True), found)) == [
        ["rate, things/s", "ratio"],
        ["the plain", "150 (100..200)", "n/a"],
        ["the hook", "100 (50..150)", "0.62 (0.50..0.75)"],
    ]


def test_what_must_not_happen_is_added_up() -> None:
    found = results(delay__vaurien__early=[0, 0, 1])
    table = by_row(group(row("delay", EARLY, peers=[VAURIEN]), by_row=True), found)
    assert cells(table) == [["early, in all"], ["the delay", "1"]]


def test_a_peer_or_row_without_a_figure_has_no_place_in_the_table() -> None:
    both = group(row("bulk"), row("other"))
    table = by_peer(both, results(bulk__vaurien__rate=[3]))
    assert cells(table) == [["figure", "Vaurien"], ["the bulk", "rate, things/s", "3"]]
    assert by_peer(both, results()) == by_row(both, results()) == ""


def test_columns_are_aligned() -> None:
    lines = simple_table([["", "a"], ["x", "1,000"], ["long", "1"]], left=1).splitlines()
    assert lines == ["====  =====", "          a", "====  =====", "x     1,000", "long      1", "====  ====="]


def test_the_report_names_what_is_missing_and_what_failed() -> None:
    lacking = row("lacking", peers=[VAURIEN, MISSING], programs=("no-such-tool",))
    huge = row("huge", sessions=10_000_000)
    found = results()
    found.failures.append("lacking, Other: failed in round 1: broken")
    lines = report([group(lacking, huge)], found, {"CPU": "x"}, ["group.svg"]).splitlines()
    assert ":CPU: x" in lines
    assert "- Missing: no-such-program is not installed" in lines
    assert "- group, the lacking: no-such-tool is not installed" in lines
    assert any(line.startswith("- group, the huge:") and "open files are too few" in line for line in lines)
    assert "- lacking, Other: failed in round 1: broken" in lines
    assert lines[-1] == "``group.svg``"


def test_the_report_is_restructured_text() -> None:
    rough = "`a* |b_ c\\d __ e_f"
    odd = row("bulk", RATE, peers=[VAURIEN, OTHER])
    found = results(bulk__vaurien__rate=[1, 2], bulk__other__rate=[2, None])
    found.failures.append(rough)
    text = report([group(odd), replace(group(row("empty")), title="Empty")], found, {rough: rough}, ["a.svg"])
    warnings = io.StringIO()
    tree = publish_doctree(text, settings_overrides={"warning_stream": warnings, "report_level": 1})
    assert warnings.getvalue() == ""
    assert tree.astext().count(rough) == 3


@pytest.mark.parametrize("text", ["plain", "a_b", "50 %", "20:delay of 0 s", "session_started, session_ended"])
def test_what_is_no_markup_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text
