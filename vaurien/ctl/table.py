"""Table: rows of text, as plain columns or drawn for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table as Drawn

NOTHING = "-"
"""What stands in a cell where there is nothing: columns are told apart by blanks."""


@dataclass(frozen=True)
class Table:
    """`columns` are the titles; those in `numbers` are set to the right. Only the last may have cells with blanks in
    them."""

    columns: Sequence[str]
    numbers: frozenset[str] = frozenset()
    rows: list[Sequence[Any]] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        """One cell for each column. None and an empty text are nothing, a boolean is yes or no."""
        assert len(cells) == len(self.columns)
        self.rows.append(cells)

    def plain(self) -> str:
        """Lines with two blanks or more between the columns, titles first."""
        lines = [list(self.columns), *([_cell(cell) for cell in row] for row in self.rows)]
        for line in lines[1:]:
            line[:-1] = ["\\x20".join(cell.split(" ")) for cell in line[:-1]]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "".join(
            "  ".join(
                cell.rjust(width) if title in self.numbers else cell.ljust(width)
                for cell, width, title in zip(line, widths, self.columns, strict=True)
            ).rstrip()
            + "\n"
            for line in lines
        )

    def drawn(self) -> Drawn:
        """For rich: as wide as the terminal, long cells folded."""
        from rich.table import Table as Drawn  # rich takes its time, and what goes into a pipe does without
        from rich.text import Text

        table = Drawn(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        for title in self.columns:
            table.add_column(title, justify="right" if title in self.numbers else "left", overflow="fold")
        for row in self.rows:
            table.add_row(*(Text(_cell(cell)) for cell in row))
        return table


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    text = NOTHING if value is None or value == "" else str(value)
    return text if text.isprintable() else repr(text)[1:-1]
