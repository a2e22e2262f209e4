"""Rounds: every row with every peer in turn, so that peers meet the same moment of a busy machine."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, RowResult
from benchmarks.peers import Peer
from benchmarks.rows import Load, Row


def _turn(row: Row, peer: Peer, load: Load, directory: Path) -> Figure:
    try:
        return row.measure(peer, load, directory)
    except BenchmarkError as exc:
        raise BenchmarkError(f"row {row.name}, {peer.name}: {exc}") from exc


def _say(number: int, row: Row, peer: Peer, figure: Figure) -> None:
    cpu = "" if figure.cpu is None else f", {figure.cpu:.2f} {row.cpu_unit}"
    line = f"round {number}: {row.name}, {peer.name}: {figure.value:,.{row.decimals}f} {row.unit}{cpu}"
    print(line, file=sys.stderr, flush=True)


def measure_all(rows: Sequence[Row], peers: Sequence[Peer], load: Load, rounds: int) -> list[RowResult]:
    """Every row with every peer in turn, `rounds` times; BenchmarkError, naming the row, ends it.

    Every other round goes through the peers backwards, so that a machine that gets slower, or faster, for minutes
    favors nobody for his place.
    """
    results = [RowResult(row.name, row.title, row.unit, row.cpu_unit, row.decimals, row.missing()) for row in rows]
    with tempfile.TemporaryDirectory(prefix="vaurien-benchmark-") as directory:
        for number in range(1, rounds + 1):
            for row, result in zip(rows, results, strict=True):
                if result.missing:
                    continue
                for peer in peers if number % 2 else reversed(peers):
                    if peer.missing or (row.proxies_only and not peer.is_proxy):
                        continue
                    figure = _turn(row, peer, load, Path(directory))
                    result.add(peer.name, figure)
                    _say(number, row, peer, figure)
    return results
