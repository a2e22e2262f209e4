"""Who is measured when, and what becomes of a turn that fails."""

from dataclasses import replace

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Results, Turns
from benchmarks.peers import Endpoint
from benchmarks.rows import Figures
from benchmarks.scale import Scale
from benchmarks.turns import STARTING, Turn, estimate, measure_all, order
from tests.benchmarks.samples import MISSING, OTHER, RATE, SCALE, VAURIEN, group, peer, row

PEERS = [peer("one", 1), peer("two", 2), MISSING]


def test_every_other_round_goes_backwards() -> None:
    groups = [group(row("a", peers=PEERS), row("b", peers=PEERS)), group(row("c", peers=PEERS[:1]))]
    taken = [f"{turn.number}{turn.row.name}{turn.peer.name}" for turn in order(groups, 2)]
    forwards = ["1aone", "1atwo", "1bone", "1btwo", "1cone"]
    assert taken == [*forwards, "2btwo", "2bone", "2atwo", "2aone", "2cone"]


def test_a_row_that_lacks_something_has_no_turn() -> None:
    rows = [row("tool", programs=("no-such-tool",)), row("huge", sessions=10_000_000), row("sound", peers=[VAURIEN])]
    assert [turn.row.name for turn in order([group(*rows)], 1)] == ["sound"]


def test_the_estimate_counts_every_turn() -> None:
    rows = [row("a", peers=PEERS, lasts=lambda scale: 10.0), row("b", peers=PEERS[:1], lasts=lambda scale: scale.paced)]
    assert estimate([group(*rows)], SCALE) == pytest.approx(3 * (2 * 10 + 1 + 3 * STARTING))


def test_figures_belong_to_their_round_and_a_failure_stops_nobody() -> None:
    counted = 0

    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        nonlocal counted
        counted += 1
        if counted == 3:
            raise BenchmarkError("broken")
        return {"rate": 1234.5 * counted}

    told: list[tuple[Turn, str]] = []
    results = Results()
    measured = row("bulk", peers=[VAURIEN, OTHER], run=run)
    measure_all([group(measured)], replace(SCALE, rounds=2), results, lambda turn, said: told.append((turn, said)))
    assert results.series(Turns("bulk", "vaurien"), RATE) == [1234.5, 4938.0]
    assert results.series(Turns("bulk", "other"), RATE) == [2469.0, None]
    assert results.failures == ["bulk, Other: failed in round 2: broken"]
    assert [said for _, said in told] == [
        "bulk, Vaurien: rate 1,234 things/s",
        "bulk, Other: rate 2,469 things/s",
        "bulk, Other: failed in round 2: broken",
        "bulk, Vaurien: rate 4,938 things/s",
    ]
    assert [turn.number for turn, _ in told] == [1, 1, 2, 2]
