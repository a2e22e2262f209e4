"""Rounds: every row with every peer in turn, so that peers meet the same moment of a busy machine."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Results, Turns
from benchmarks.groups import Group
from benchmarks.peers import Peer
from benchmarks.rows import Row
from benchmarks.scale import Scale

STARTING = 0.45  # seconds to start a backend and a proxy and to end both, to estimate


@dataclass(frozen=True)
class Turn:
    """One row with one peer, in one round."""

    number: int
    row: Row
    peer: Peer


def order(groups: Sequence[Group], rounds: int) -> Iterator[Turn]:
    """All turns there will be, in order; what is not installed has none.

    Every other round goes through the rows of each group, and through the peers, backwards, so that a machine that
    gets slower, or faster, for minutes favors nobody for his place.
    """
    for number in range(1, rounds + 1):
        step = 1 if number % 2 else -1
        for group in groups:
            for row in group.rows[::step]:
                if not row.missing():
                    yield from (Turn(number, row, peer) for peer in row.peers[::step] if not peer.missing)


def estimate(groups: Sequence[Group], scale: Scale) -> float:
    """About how many seconds all turns will take."""
    return sum(STARTING + turn.row.lasts(scale) for turn in order(groups, scale.rounds))


def measure_all(groups: Sequence[Group], scale: Scale, results: Results, told: Callable[[Turn, str], None]) -> None:
    """Takes all turns. `told` is called after each, with what came of it in a line.

    A turn that fails has no figures, and its account is among the failures of the results; the next ones are taken.
    """
    with tempfile.TemporaryDirectory(prefix="vaurien-benchmark-") as directory:
        for turn in order(groups, scale.rounds):
            said = f"{turn.row.name}, {turn.peer.title}"
            try:
                figures = turn.row.measure(turn.peer, scale, Path(directory))
            except BenchmarkError as exc:
                said = f"{said}: failed in round {turn.number}: {exc}"
                results.failures.append(said)
            else:
                results.add(Turns(turn.row.name, turn.peer.name), turn.number, figures)
                shown = [
                    f"{metric.name} {figures[metric.name]:,.{metric.decimals}f} {metric.unit}"
                    for metric in turn.row.metrics
                    if metric.name in figures
                ]
                said = f"{said}: {', '.join(shown)}"
            told(turn, said)
