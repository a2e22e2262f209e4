"""The figures of all rounds, as a table and as plain data."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PEERS = ("direct", "vaurien", "haproxy")
HEADINGS = ("", "unit", "direct", "Vaurien", "HAProxy", "Vaurien/HAProxy", "min..max")


@dataclass
class RowResult:
    """The figures of one row: per peer a list, one figure a round, in order. `missing` names what is not installed."""

    name: str
    title: str
    unit: str
    decimals: int
    missing: Sequence[str] = ()
    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, peer: str, figure: float) -> None:
        """Takes the figure of the next round."""
        self.figures.setdefault(peer, []).append(figure)

    def ratios(self) -> list[float]:
        """Vaurien's figure over HAProxy's, per round: two turns minutes apart on a shared machine say nothing."""
        pairs = zip(self.figures.get("vaurien", ()), self.figures.get("haproxy", ()), strict=False)
        return [ours / theirs for ours, theirs in pairs if theirs > 0]

    def median(self, peer: str) -> float | None:
        """The median over the rounds, or None when the peer was not measured."""
        figures = self.figures.get(peer)
        return statistics.median(figures) if figures else None


def _cells(result: RowResult) -> list[str]:
    cells = [result.title, result.unit]
    if result.missing:
        return [*cells, f"not measured: {', '.join(result.missing)} missing", "", "", "", ""]
    for peer in PEERS:
        median = result.median(peer)
        cells.append("-" if median is None else f"{median:,.{result.decimals}f}")
    ratios = result.ratios()
    if not ratios:
        return [*cells, "-", "-"]
    return [*cells, f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f}..{max(ratios):.2f}"]


def table(results: Sequence[RowResult]) -> str:
    """Medians side by side, one line a row, columns aligned; the last columns are the ratios' median and spread."""
    lines = [list(HEADINGS), *(_cells(result) for result in results)]
    # The words of a row that was not measured run over the columns to the right, which are empty.
    measured = [list(HEADINGS), *(_cells(result) for result in results if not result.missing)]
    widths = [max(len(line[column]) for line in measured) for column in range(len(HEADINGS))]
    for column in (0, 1):
        widths[column] = max(len(line[column]) for line in lines)
    printed = []
    for line in lines:
        words = [
            cell.ljust(width) if column < 2 or "missing" in cell else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        printed.append("  ".join(words).rstrip())
    printed.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(printed)


def as_data(
    results: Sequence[RowResult], environment: Mapping[str, str], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """All figures and ratios with the machine and the settings they belong to, for --json."""
    return {
        "environment": dict(environment),
        "settings": dict(settings),
        "rows": {
            result.name: {
                "title": result.title,
                "unit": result.unit,
                "missing": list(result.missing),
                "figures": result.figures,
                "ratios": result.ratios(),
            }
            for result in results
        },
    }
