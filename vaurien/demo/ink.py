"""Ink: what can be drawn on a terminal that may know only ASCII."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ink:
    """`full` and `half` are a whole and half a cell of a bar; `half` is empty where there is no such character."""

    full: str = "\u2588"
    half: str = "\u258c"
    plus_minus: str = "\u00b1"

    @classmethod
    def of(cls, encoding: str) -> Ink:
        """The ink for a terminal, or a file, of this encoding."""
        return cls() if encoding.lower().startswith("utf") else cls("#", "", "+-")

    def bar(self, part: float, cells: int) -> str:
        """A bar of `part` (0 to 1) of `cells`; whatever is not 0 can be seen."""
        halves = round(part * cells * 2)
        bar = self.full * (halves // 2) + self.half * (halves % 2)
        return bar or (self.half or self.full if part > 0 else "")
