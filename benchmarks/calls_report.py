"""The tables of what calls cost: a line for each variant, beside plain `dummy`."""

from collections.abc import Sequence

from benchmarks.columns import aligned, compared, medians
from benchmarks.figures import RowResult
from benchmarks.variants import PLAIN, Variant


def table(result: RowResult, variants: Sequence[Variant]) -> str:
    """One row of the benchmark as a table of all variants."""
    if result.missing:
        return f"{result.title}: not measured, {', '.join(result.missing)} missing"
    headings = (result.title, "calls", result.unit, "ratio", "min..max", result.cpu_unit, "ratio", "min..max")
    return aligned([headings, *(_cells(result, variant) for variant in variants)], left=1)


def _cells(result: RowResult, variant: Variant) -> list[str]:
    name = variant.peer.name
    if variant.peer.missing:
        return [variant.title, "", f"not measured: {variant.peer.missing} missing"]
    return [
        variant.title,
        "-" if variant.calls is None else f"{variant.calls:g}",
        *medians(result.values, [name], result.decimals),
        *compared(result.values, name, PLAIN.peer.name),
        *medians(result.cpu, [name], 2),
        *compared(result.cpu, name, PLAIN.peer.name),
    ]
