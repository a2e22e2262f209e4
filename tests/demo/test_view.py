"""The page: it fits where it is drawn, and cuts no number."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from vaurien.demo.client import Kind, Outcome
from vaurien.demo.ink import Ink
from vaurien.demo.shares import Taken
from vaurien.demo.tally import Tally
from vaurien.demo.view import View


def tally(**counts: int) -> Tally:
    made = Tally()
    for name, count in counts.items():
        for _ in range(count):
            made.add(Outcome(Kind[name], 0.15 if name == "LATE" else 0.0005))
    return made


def page(columns: int, through: Tally, ink: Ink | None = None) -> list[str]:
    """The lines of a page on a terminal of so many columns."""
    shares = [
        Taken("delay", 0.2, 1999, 9998, True),
        Taken("error", 0.05, 498, 9499, False),
        Taken("abort", 0.05, 499, 9998, True),
    ]
    traffic = SimpleNamespace(direct=tally(FINE=9999), through=through)
    stage: Any = SimpleNamespace(seconds=10.0, elapsed=10.0, traffic=traffic, shares=lambda: shares)
    console = Console(file=io.StringIO(), width=columns, force_terminal=False)
    console.print(View(stage, columns, ink or Ink()).page())
    file: Any = console.file
    return file.getvalue().splitlines()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def through() -> Tally:
    return tally(FINE=7003, LATE=1999, GARBAGE=498, RESET=498)


@pytest.mark.parametrize("columns", [60, 79, 80, 120, 300])
def test_it_fits(columns: int, through: Tally) -> None:
    lines = page(columns, through)
    assert len(lines) <= 23, "a terminal of 24 rows cannot show it"
    assert len(lines[-1]) <= columns - 3, "the ^C of a terminal would begin a further line"
    assert max(map(len, lines)) <= columns
    text = "\n".join(lines)
    for number in (
        "9999",
        "9998",
        "7003",
        "1999",
        "100.0 %",
        "70.0 %",
        "20.0 %",
        "1999 of 9998 requests",
        "498 of 9499",
    ):
        assert number in text, f"{number} is cut in:\n{text}"


def test_a_wide_page_says_who_talks_to_whom(through: Tally) -> None:
    text = "\n".join(page(80, through))
    for words in ("client -> Vaurien -> backend", "--behavior 20:delay,5:error,5:abort", "answers with random bytes"):
        assert words in text


def test_requests_that_nobody_answered_are_shown_only_where_there_are_some(through: Tally) -> None:
    assert not any("no answer" in line for line in page(80, through))
    assert any("no answer" in line for line in page(80, tally(FINE=1, LOST=1)))


def test_before_the_first_request_there_are_noughts() -> None:
    assert any("fine" in line and "0.0 %" in line for line in page(80, Tally()))


def test_bars_have_one_scale(through: Tally) -> None:
    rows = {line[:21].strip(): line[21:] for line in page(80, through)}
    assert rows["under 1 ms"].count("█") > 26, "the longest is not as long as may be"
    assert 3 <= rows["100 - 300 ms"].count("█") <= 5


@pytest.mark.parametrize(
    ("encoding", "draw"),
    [("utf-8", lambda bar: bar == "██▌"), ("UTF-16", lambda bar: bar == "██▌"), ("ascii", lambda bar: bar == "##")],
)
def test_bars_need_no_more_than_the_terminal_has(encoding: str, draw: Callable[[str], bool], through: Tally) -> None:
    ink = Ink.of(encoding)
    assert draw(ink.bar(0.25, 10))
    assert ink.bar(0, 10) == "" and ink.bar(0.0001, 10) != "" and len(ink.bar(1, 10)) == 10
    "\n".join(page(60, through, ink)).encode(encoding)
