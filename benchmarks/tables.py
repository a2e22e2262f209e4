"""The results as reStructuredText: plain to read on a terminal, and accepted by Sphinx."""

import re
from collections.abc import Mapping, Sequence

from benchmarks.figures import Results, Series, Summary, Turns, summary
from benchmarks.groups import OURS, Group, pairs
from benchmarks.metrics import Metric
from benchmarks.rows import Row

NOTHING = "n/a"
ABOVE_TITLE, UNDER_GROUP = "=", "-"


def escaped(text: str) -> str:
    """`text` such that no character of it is markup."""
    # An underscore inside a word is none.
    return re.sub(r"([\\*`|]|_(?!\w))", r"\\\1", text)


def heading(text: str, line: str) -> str:
    """A section's heading, underlined with the character `line`."""
    return f"{text}\n{line * len(text)}"


def simple_table(lines: Sequence[Sequence[str]], left: int) -> str:
    """A simple table; the first of the lines is its heading, and the `left` first columns are flush left."""
    cells = [[escaped(cell) for cell in line] for line in lines]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    rule = "  ".join("=" * width for width in widths)
    printed = [
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join([rule, printed[0], rule, *printed[1:], rule])


def cell(found: Summary | None, decimals: int) -> str:
    """A figure with its spread: the smallest and the largest of the rounds, where there are several."""
    if found is None:
        return NOTHING
    shown = f"{found.shown:,.{decimals}f}"
    return shown if found.count == 1 else f"{shown} ({found.low:,.{decimals}f}..{found.high:,.{decimals}f})"


def figure_cell(series: Series, metric: Metric) -> str:
    """The cell of a metric; what is added up over the rounds has no spread."""
    found = summary(series, metric.summary)
    if found is not None and metric.summary == "sum":
        return f"{found.shown:,.{metric.decimals}f}"
    return cell(found, metric.decimals)


def by_peer(group: Group, results: Results) -> str:
    """A line for each metric and row; columns are the peers, then the ratios of Vaurien to its base and the others."""
    shown = {turns.peer for turns in results.measured() if turns.row in {row.name for row in group.rows}}
    peers = [peer for peer in group.peers() if peer.name in shown]
    titles = {peer.name: peer.title for peer in peers}
    bases = [peer.name for peer in peers if any(peer.name == base.peer for row in group.rows for _, base in pairs(row))]
    others = ("its base" if name == OURS else titles[name] for name in bases)
    lines = [["", "figure", *titles.values(), *(f"Vaurien/{other}" for other in others)]]
    for row, metric in _by_metric(group):
        if not any(turns.row == row.name for turns in results.measured()):
            continue
        ratios = {base.peer: results.ratios(turns, base, metric) for turns, base in pairs(row)}
        lines.append(
            [
                row.title,
                f"{metric.title}, {metric.unit}",
                *(figure_cell(results.series(Turns(row.name, name), metric), metric) for name in titles),
                *(cell(summary(ratios.get(name, [])), 2) for name in bases),
            ]
        )
    return simple_table(lines, left=2) if len(lines) > 1 else ""


def _by_metric(group: Group) -> list[tuple[Row, Metric]]:
    """Every row's metrics: first the first one of all rows, then the next."""
    return [
        (row, metric)
        for name in [metric.name for metric in group.metrics()]
        for row in group.rows
        for metric in row.metrics
        if metric.name == name
    ]


def by_row(group: Group, results: Results) -> str:
    """A line for each row; columns are the metrics, each with the ratio to the row's base where rows have one."""
    compared = any(row.base for row in group.rows)
    head = [""]
    for metric in group.metrics():
        head += [f"{metric.title}, {metric.unit}", *(["ratio"] if compared else [])]
    lines = [head]
    for row in group.rows:
        if not any(turns.row == row.name for turns in results.measured()):
            continue
        line = [row.title]
        for metric in group.metrics():
            line.append(figure_cell(results.series(Turns(row.name, row.peers[0].name), metric), metric))
            if compared:
                ratios = [results.ratios(turns, base, metric) for turns, base in pairs(row)]
                line.append(cell(summary(ratios[0]) if ratios else None, 2))
        lines.append(line)
    return simple_table(lines, left=1) if len(lines) > 1 else ""


def not_measured(groups: Sequence[Group]) -> list[str]:
    """A line for each peer and each row that cannot be measured here, and why."""
    peers = {peer.name: peer for group in groups for peer in group.peers()}
    lines = [f"{peer.title}: {peer.program} is not installed" for peer in peers.values() if peer.missing]
    for group in groups:
        lines += [f"{group.name}, {row.title}: {', '.join(row.missing())}" for row in group.rows if row.missing()]
    return lines


def report(groups: Sequence[Group], results: Results, facts: Mapping[str, str], plots: Sequence[str]) -> str:
    """The whole text. `facts` stand at its top; `plots` are the names of the files beside it."""
    parts = [heading("Results of the benchmarks", ABOVE_TITLE)]
    parts.append("\n".join(f":{escaped(name)}: {escaped(fact)}" for name, fact in facts.items()))
    for title, lines in (("Not measured", not_measured(groups)), ("Failed", results.failures)):
        if lines:
            parts += [heading(title, UNDER_GROUP), "\n".join(f"- {escaped(line)}" for line in lines)]
    for group in groups:
        table = by_row(group, results) if group.by_row else by_peer(group, results)
        parts += [heading(group.title, UNDER_GROUP), escaped(group.note), table or "Nothing was measured."]
    if plots:
        parts += [heading("Plots", UNDER_GROUP), ", ".join(f"``{name}``" for name in plots)]
    return "\n\n".join(parts) + "\n"
