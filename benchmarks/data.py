"""The results as plain data, for JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.figures import Results, Series, Turns, summary
from benchmarks.groups import Group, pairs
from benchmarks.metrics import Metric
from benchmarks.rows import Row
from benchmarks.tables import not_measured


def as_data(
    groups: Sequence[Group], results: Results, facts: Mapping[str, str], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Figures and ratios, round by round and in short, with the machine and the settings that they belong to.

    In the list of a series, null stands for a round without a figure. The key of a ratio is ``one/other``.
    """
    return {
        "environment": dict(facts),
        "settings": dict(settings),
        "rounds": results.rounds,
        "not_measured": not_measured(groups),
        "failures": list(results.failures),
        "groups": {
            group.name: {"title": group.title, "rows": {row.name: _row(row, results) for row in group.rows}}
            for group in groups
        },
    }


def _row(row: Row, results: Results) -> dict[str, Any]:
    metrics = {metric.name: _metric(row, metric, results) for metric in row.metrics}
    return {"title": row.title, "missing": row.missing(), "metrics": metrics}


def _metric(row: Row, metric: Metric, results: Results) -> dict[str, Any]:
    figures = {peer.name: results.series(Turns(row.name, peer.name), metric) for peer in row.peers}
    ratios = {_key(turns, base): results.ratios(turns, base, metric) for turns, base in pairs(row)}
    return {
        "title": metric.title,
        "unit": metric.unit,
        "better": metric.better,
        "figures": {name: _series(series, metric.summary) for name, series in figures.items() if _any_figure(series)},
        "ratios": {key: _series(series, "median") for key, series in ratios.items() if _any_figure(series)},
    }


def _key(turns: Turns, base: Turns) -> str:
    return f"{turns.peer}/{base.peer}" if turns.row == base.row else f"{turns.row}/{base.row}"


def _any_figure(series: Series) -> bool:
    """Whether a round has a figure."""
    return any(figure is not None for figure in series)


def _series(series: Series, kind: str) -> dict[str, Any]:
    found = summary(series, kind)
    assert found is not None
    return {"rounds": list(series), kind: found.shown, "min": found.low, "max": found.high}
