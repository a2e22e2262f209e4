"""Script: what happens to which call, by count, as users write it: ``pass 100, error, pass 5, hang``.

::

    script = step, step…
    step   = NAME [COUNT | SIZE | rest]    pass, or a handler; so many calls, one where nothing is said
    SIZE   = a number of bytes with its unit: 100B, 100kB, 2MB, 1KiB, 1MiB
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

PASS = "pass"
"""The step that leaves calls to chance."""
LONGEST = 4000
"""A script has at most so many characters."""
FORM = "write STEP,… such as pass 100, error, pass 5, hang"
STEP = re.compile(r"(?P<name>[^\s,]+)(?:\s+(?P<much>[^\s,]+))?")
MUCH = re.compile(r"(?P<number>[0-9]{1,12})(?P<unit>[A-Za-z]*)")
UNITS = {"b": 1, "kb": 1000, "mb": 1000_000, "gb": 1000_000_000, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}


@dataclass(frozen=True)
class Step:
    """`name` is `PASS` or a handler. It is for so many `calls`, or `bytes`; without either, for all that follow.
    `place` is where it begins in the text, from 1."""

    name: str
    calls: int = 0
    bytes: int = 0
    much: str = ""
    place: int = field(default=1, compare=False)

    @property
    def endless(self) -> bool:
        """Whether no step comes behind it."""
        return not (self.calls or self.bytes)

    def __str__(self) -> str:
        return f"{self.name} {self.much}".rstrip()


@dataclass(frozen=True)
class Script:
    """Steps, in their order. When all are over, every call passes."""

    steps: tuple[Step, ...] = field(default=())

    @property
    def names(self) -> dict[str, int]:
        """The handlers that it names, each once, and where it does so first."""
        names: dict[str, int] = {}
        for step in self.steps:
            if step.name != PASS:
                names.setdefault(step.name, step.place)
        return names

    @property
    def counts_bytes(self) -> bool:
        """Whether a step is for so many bytes."""
        return any(step.bytes for step in self.steps)

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps))


def script(value: Any) -> Script:
    """A script such as ``pass 100, error, pass 5, hang``.

    The type of the option; nothing is a script without a step. Raises `ValueError` that says where what is wrong.
    """
    if isinstance(value, Script):
        return value
    if not isinstance(value, str):
        raise ValueError(f"expected a text, not {value!r}: {FORM}")
    if len(value) > LONGEST:
        raise ValueError(f"a script of {len(value)} characters is too long: it has {LONGEST} at most")
    if not value.strip():
        return Script()
    steps: list[Step] = []
    place = 1
    for part in value.split(","):
        at = place + len(part) - len(part.lstrip())
        if steps and steps[-1].endless:
            raise ValueError(f"nothing comes behind {str(steps[-1])!r}, at character {at}: {FORM}")
        steps.append(_step(part.strip(), at))
        place += len(part) + 1
    return Script(tuple(steps))


def _step(text: str, at: int) -> Step:
    found = STEP.fullmatch(text)
    if found is None:
        problem = f"{text!r} is more than a step" if text else "a step is missing"
        raise ValueError(f"{problem} at character {at}: {FORM}")
    name, much = found["name"], found["much"] or ""
    if MUCH.fullmatch(name):
        raise ValueError(f"expected {PASS} or a handler, not {name!r}, at character {at}: {FORM}")
    if not much:
        return Step(name, calls=1, place=at)
    if much == "rest":
        return Step(name, much=much, place=at)
    size = MUCH.fullmatch(much)
    unit = size["unit"].lower() if size else ""
    if size is None or not int(size["number"]) or (unit and unit not in UNITS):
        wanted = "a number of calls, a size such as 100kB, or rest"
        raise ValueError(f"expected {wanted}, not {much!r}, at character {at + found.start('much')}: {FORM}")
    if unit:
        return Step(name, bytes=int(size["number"]) * UNITS[unit], much=much, place=at)
    return Step(name, calls=int(size["number"]), much=much, place=at)
