"""All figures as plain data, for --json."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.figures import RowResult, Series, ratios


def as_data(
    results: Sequence[RowResult],
    compared: Sequence[tuple[str, str]],
    environment: Mapping[str, str],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Figures and ratios, round by round, with the machine and the settings that they belong to.

    `compared` are pairs of peers; a ratio's key is ``one/other``.
    """

    def all_ratios(series: Series) -> dict[str, list[float]]:
        return {f"{one}/{other}": ratios(series, one, other) for one, other in compared}

    return {
        "environment": dict(environment),
        "settings": dict(settings),
        "rows": {
            result.name: {
                "title": result.title,
                "unit": result.unit,
                "missing": list(result.missing),
                "figures": result.values,
                "ratios": all_ratios(result.values),
                "cpu_unit": result.cpu_unit,
                "cpu": result.cpu,
                "cpu_ratios": all_ratios(result.cpu),
            }
            for result in results
        },
    }
