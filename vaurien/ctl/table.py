"""Table: rows of text, as plain columns or drawn for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table as Drawn

GAP = 2
"""So many blanks stand between columns."""
NOTHING = "-"
"""What stands in a cell where there is nothing: columns are told apart by blanks."""


@dataclass(frozen=True)
class Table:
    """`columns` are the titles; those in `numbers` are set to the right. Only the last may have cells with blanks in
    them. `spare` are columns that a narrow terminal does without, the first to go first."""

    columns: Sequence[str]
    numbers: frozenset[str] = frozenset()
    spare: Sequence[str] = ()
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
            (" " * GAP)
            .join(
                cell.rjust(width) if title in self.numbers else cell.ljust(width)
                for cell, width, title in zip(line, widths, self.columns, strict=True)
            )
            .rstrip()
            + "\n"
            for line in lines
        )

    def drawn(self, width: int) -> Drawn:
        """For rich, on a terminal of so many columns: what does not fit without its spare columns is folded."""
        from rich.table import Table as Drawn  # rich takes its time, and what goes into a pipe does without
        from rich.text import Text

        shown = self._fitting(width)
        table = Drawn(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
        for place in shown:
            title = self.columns[place]
            table.add_column(title, justify="right" if title in self.numbers else "left", overflow="fold")
        for row in self.rows:
            table.add_row(*(Text(_cell(row[place])) for place in shown))
        return table

    def _fitting(self, width: int) -> list[int]:
        """The places of the columns for which there is room, or of all that cannot be spared."""
        shown = list(range(len(self.columns)))
        widths = [max(len(_cell(cell)) for cell in column) for column in zip(self.columns, *self.rows, strict=True)]
        for title in self.spare:
            if sum(widths[place] + GAP for place in shown) - GAP <= width:
                break
            shown.remove(self.columns.index(title))
        return shown


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    text = NOTHING if value is None or value == "" else str(value)
    return text if text.isprintable() else repr(text)[1:-1]
