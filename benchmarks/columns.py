"""Tables of text."""

import statistics
from collections.abc import Sequence

from benchmarks.figures import Series, median, ratios


def aligned(lines: Sequence[Sequence[str]], left: int) -> str:
    """The lines as columns under the first, which is the heading. The `left` first columns are flush left.

    The last cell of a line that has fewer cells than the heading runs over the columns that it does not have.
    """
    count = len(lines[0])
    cells = [line if len(line) == count else line[:-1] for line in lines]
    widths = [max(len(line[column]) for line in cells if column < len(line)) for column in range(count)]
    printed = []
    for line in lines:
        words = [
            cell.ljust(width) if column < left or len(line) < count else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=False))
        ]
        printed.append("  ".join(words).rstrip())
    printed.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(printed)


def medians(series: Series, peers: Sequence[str], decimals: int) -> list[str]:
    """A cell for each peer."""
    found = [median(series, peer) for peer in peers]
    return ["-" if figure is None else f"{figure:,.{decimals}f}" for figure in found]


def compared(series: Series, peer: str, base: str) -> list[str]:
    """Two cells: the median of the ratios, and their smallest and largest."""
    found = ratios(series, peer, base)
    return [f"{statistics.median(found):.2f}", f"{min(found):.2f}..{max(found):.2f}"] if found else ["-", "-"]
