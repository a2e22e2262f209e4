"""The tables of the first benchmark: direct, Vaurien and HAProxy side by side."""

from collections.abc import Sequence

from benchmarks.columns import aligned, compared, medians
from benchmarks.figures import RowResult

PEERS = ("direct", "vaurien", "haproxy")
HEADINGS = ("", "unit", "direct", "Vaurien", "HAProxy", "Vaurien/HAProxy", "min..max")
CPU_HEADINGS = ("processor time of the proxy", "unit", "Vaurien", "HAProxy", "Vaurien/HAProxy", "min..max")


def table(results: Sequence[RowResult]) -> str:
    """Medians side by side, one line a row; the last columns are the ratios' median and spread."""
    return aligned([HEADINGS, *(_cells(result) for result in results)], left=2)


def _cells(result: RowResult) -> list[str]:
    if result.missing:
        return [result.title, result.unit, f"not measured: {', '.join(result.missing)} missing"]
    figures = medians(result.values, PEERS, result.decimals)
    return [result.title, result.unit, *figures, *compared(result.values, "vaurien", "haproxy")]


def cpu_table(results: Sequence[RowResult]) -> str:
    """The same of the processor time that the proxies needed; empty if none was measured."""
    lines = [
        [
            result.title,
            result.cpu_unit,
            *medians(result.cpu, ("vaurien", "haproxy"), 2),
            *compared(result.cpu, "vaurien", "haproxy"),
        ]
        for result in results
        if result.cpu
    ]
    return aligned([CPU_HEADINGS, *lines], left=2) if lines else ""
