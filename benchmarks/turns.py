"""Rounds: every row with every peer in turn, so that peers meet the same moment of a busy machine."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.peers import Peer
from benchmarks.report import RowResult
from benchmarks.rows import Load, Row


def _turn(row: Row, peer: Peer, load: Load, directory: Path) -> float:
    try:
        return row.measure(peer, load, directory)
    except BenchmarkError as exc:
        raise BenchmarkError(f"row {row.name}, {peer.name}: {exc}") from exc


def measure_all(rows: Sequence[Row], peers: Sequence[Peer], load: Load, rounds: int) -> list[RowResult]:
    """Every row with every peer in turn, `rounds` times; BenchmarkError, naming the row, ends it."""
    results = {row.name: RowResult(row.name, row.title, row.unit, row.decimals, row.missing()) for row in rows}
    with tempfile.TemporaryDirectory(prefix="vaurien-benchmark-") as directory:
        for number in range(1, rounds + 1):
            for row in rows:
                if results[row.name].missing:
                    continue
                for peer in peers:
                    if peer.missing or (row.proxies_only and not peer.is_proxy):
                        continue
                    figure = _turn(row, peer, load, Path(directory))
                    results[row.name].add(peer.name, figure)
                    print(
                        f"round {number}: {row.name}, {peer.name}: {figure:,.{row.decimals}f} {row.unit}",
                        file=sys.stderr,
                        flush=True,
                    )
    return list(results.values())
