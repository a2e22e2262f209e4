"""What a script gives to whom, over lists of calls, and what is said of a wrong one."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from vaurien.progress import Progress
from vaurien.script import LONGEST, script


class Flow:
    """Moves so many bytes with each call."""

    stopped = False

    def __init__(self) -> None:
        self.bytes = 0

    def moved(self) -> int:
        return self.bytes


def played(text: str, sizes: list[int], repeat: bool = False) -> list[str]:
    """Who gets each of the calls, which move so many bytes, at most as many as may go at once."""
    progress, flow, said = Progress(script(text), repeat), Flow(), []
    for size in sizes:
        said.append(progress.next(flow))
        flow.bytes += min(size, progress.most() or size)
    return said


P, E, H = "pass", "error", "hang"
TABLE = [
    ("error", [1] * 3, False, [E, P, P]),
    ("pass 2, error", [1] * 5, False, [P, P, E, P, P]),
    ("pass, error, pass 2, hang", [1] * 7, False, [P, E, P, P, H, P, P]),
    ("error 2, hang", [1] * 4, False, [E, E, H, P]),
    ("pass 1, error", [1] * 5, True, [P, E, P, E, P]),
    ("pass 3, hang rest", [1] * 6, False, [P, P, P, H, H, H]),
    ("pass rest", [1] * 3, False, [P, P, P]),
    ("hang rest", [1] * 3, True, [H, H, H]),
    ("pass 100B, error", [60, 60, 60, 60], False, [P, P, E, P]),
    ("pass 100B, error, pass rest", [100, 1, 1], False, [P, E, P]),
    ("pass 100B, error", [99, 1, 1], False, [P, P, E]),
    ("pass 1kB, error", [500, 500, 500], False, [P, P, E]),
    ("pass 1KiB, error", [512, 512, 512], False, [P, P, E]),
    ("pass 1MB, hang 10B, error", [1_000_000, 5, 5, 5], False, [P, H, H, E]),
    ("pass 10B, error", [10, 1, 10, 1], True, [P, E, P, E]),
    ("pass 10B, error", [0, 0, 10, 1], False, [P, P, P, E]),
    ("", [1] * 2, False, [P, P]),
]


@pytest.mark.parametrize(("text", "sizes", "repeat", "said"), TABLE)
def test_what_is_given_to_whom(text: str, sizes: list[int], repeat: bool, said: list[str]) -> None:
    assert played(text, sizes, repeat) == said


def test_bytes_of_several_flows_are_summed() -> None:
    progress, one, other = Progress(script("pass 100B, error"), False), Flow(), Flow()
    assert progress.next(one) == "pass"
    one.bytes = 50
    assert progress.next(other) == "pass"
    other.bytes, one.stopped = 49, True
    assert progress.next(other) == "pass" and progress.most() == 1
    other.bytes = 50
    assert progress.next(other) == "error"


@pytest.mark.parametrize(
    ("text", "written", "names"),
    [
        ("pass 2,error", "pass 2, error", ("error",)),
        ("  pass\n2 ,\terror ", "pass 2, error", ("error",)),
        ("error 1", "error 1", ("error",)),
        (
            "pass 100kB, error, hang, error 2, pass rest",
            "pass 100kB, error, hang, error 2, pass rest",
            ("error", "hang"),
        ),
        ("my.own.Class, pass", "my.own.Class, pass", ("my.own.Class",)),
        ("", "", ()),
    ],
)
def test_what_can_be_written(text: str, written: str, names: tuple[str, ...]) -> None:
    found = script(text)
    assert (str(found), tuple(found.names)) == (written, names)
    assert script(written) == found == script(found)


WRONG = [
    ("pass 2,,error", "a step is missing at character 8"),
    ("pass 2,", "a step is missing at character 8"),
    (",error", "a step is missing at character 1"),
    ("pass 2 error", "'pass 2 error' is more than a step at character 1"),
    ("pass, error now", "expected a number of calls, a size such as 100kB, or rest, not 'now', at character 13"),
    ("pass 0", "expected a number of calls, a size such as 100kB, or rest, not '0', at character 6"),
    ("pass -1", "expected a number of calls, a size such as 100kB, or rest, not '-1', at character 6"),
    ("pass 5x", "expected a number of calls, a size such as 100kB, or rest, not '5x', at character 6"),
    ("pass 0kB", "expected a number of calls, a size such as 100kB, or rest, not '0kB', at character 6"),
    ("5 pass", "expected pass or a handler, not '5', at character 1"),
    ("pass, 5", "expected pass or a handler, not '5', at character 7"),
    ("pass rest, error", "nothing comes behind 'pass rest', at character 12"),
    ("x" * (LONGEST + 1), f"a script of {LONGEST + 1} characters is too long: it has {LONGEST} at most"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text[:30] for text, _ in WRONG])
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        script(text)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize("value", [None, 3, ["pass"]])
def test_what_is_no_text(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a text"):
        script(value)


PIECES = ["pass", "error", "hang", " ", " ", ",", ",", "1", "2", "0", "rest", "kB", "B", "MiB", "é", "\n", ".", ":"]
TIMES = 10_000


def test_whatever_is_written_is_a_script_or_wrong_at_a_place() -> None:
    chance = random.Random(1)
    good = 0
    for _ in range(TIMES):
        text = "".join(chance.choices(PIECES, k=chance.randrange(1, 16)))
        try:
            found = script(text)
        except ValueError as exc:
            place = re.search(r"at character (\d+): write STEP", str(exc))
            assert place is not None, (text, str(exc))
            assert 1 <= int(place[1]) <= len(text) + 1, text
            continue
        good += 1
        assert script(str(found)) == found
        sizes = [chance.randrange(3000) for _ in range(12)]
        assert set(played(text, sizes, chance.random() < 0.5)) <= {"pass", *found.names}
    assert good > TIMES / 100
