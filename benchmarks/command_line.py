"""The command line of the benchmarks."""

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import TypeVar

from benchmarks.environment import describe
from benchmarks.limits import raise_open_files
from benchmarks.outcome import Outcome
from benchmarks.plots import can_draw
from benchmarks.processes import ROOT
from benchmarks.run_command import parse_peer
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.selection import GROUPS, parse_names, select
from benchmarks.tables import not_measured
from benchmarks.turns import Turn, estimate, measure_all, order

WHOLE_RESULTS = ROOT / "benchmarks" / "results"
OTHER_RESULTS = ROOT / "build" / "benchmarks"

Parsed = TypeVar("Parsed")


def _typed(parse: Callable[[str], Parsed]) -> Callable[[str], Parsed]:
    """`parse` as the type of an argument: what its ValueError says is what the user reads."""

    def typed(text: str) -> Parsed:
        try:
            return parse(text)
        except ValueError as exc:
            raise argparse.ArgumentTypeError(str(exc)) from exc

    return typed


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(f"{text} is less than 1")
    return number


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; ends the process with status 2 when it is not understood."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Vaurien beside other proxies, in one run. See benchmarks/README.rst.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer rows, for less time, in one round")
    parser.add_argument(
        "--rounds",
        type=_typed(_positive),
        metavar="N",
        help=f"turns of every peer in every row ({FULL.rounds}; with --quick {QUICK.rounds})",
    )
    parser.add_argument(
        "--only",
        type=_typed(parse_names),
        default=[],
        metavar="NAMES",
        help=f"groups ({', '.join(group.name for group in GROUPS)}) or rows, as results.json names them",
    )
    parser.add_argument(
        "--also",
        type=_typed(parse_peer),
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="one more peer; {local} and {distant} in its command become HOST:PORT",
    )
    parser.add_argument(
        "--results",
        type=Path,
        metavar="FOLDER",
        help="where results go (benchmarks/results; with --quick or --only build/benchmarks)",
    )
    return parser.parse_args(argv)


def end_by_signals() -> None:
    """Lets SIGTERM and SIGHUP end the benchmark as Ctrl-C does: with every process and temporary file of it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _prepare(arguments: argparse.Namespace, words: Sequence[str], scale: Scale) -> Outcome:
    """The run that the command line asks for, before its first turn."""
    groups = select(arguments.quick, arguments.only, arguments.also)
    partial = arguments.quick or arguments.only
    folder = arguments.results or (OTHER_RESULTS if partial else WHOLE_RESULTS)
    facts = describe(shlex.join(["python", "-m", "benchmarks", *words]))
    settings = asdict(scale) | {"only": arguments.only}
    return Outcome(folder, groups, facts, settings)


def _measure(outcome: Outcome, scale: Scale) -> None:
    """Takes all turns, and writes what there is after each row and at the end."""
    turns = list(order(outcome.groups, scale.rounds))
    start, done = time.monotonic(), 0

    def told(turn: Turn, said: str) -> None:
        nonlocal done
        done += 1
        minutes, seconds = divmod(int(time.monotonic() - start), 60)
        _say(f"[{done}/{len(turns)} {minutes}:{seconds:02}] {said}")
        if done == len(turns) or turns[done].row is not turn.row:
            outcome.write()

    measure_all(outcome.groups, scale, outcome.results, told)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 when a turn failed."""
    words = sys.argv[1:] if argv is None else argv
    arguments = parse_arguments(words)
    scale = QUICK if arguments.quick else FULL
    scale = replace(scale, rounds=arguments.rounds or scale.rounds)
    end_by_signals()
    raise_open_files()
    outcome = _prepare(arguments, words, scale)
    for line in not_measured(outcome.groups):
        _say(f"not measured: {line}")
    if not can_draw():
        _say("no plots: matplotlib is not installed (pip install vaurien[bench])")
    minutes = estimate(outcome.groups, scale) / 60
    _say(f"rounds: {scale.rounds}; about {minutes:.1f} minutes in all; results go to {outcome.folder}")
    try:
        outcome.forget_plots()
        outcome.write()
        _measure(outcome, scale)
        if can_draw():
            outcome.draw()
    except KeyboardInterrupt:
        _say(f"stopped; what was measured is in {outcome.folder}")
        return 130
    print(outcome.text(), end="")
    for failure in outcome.results.failures:
        _say(f"benchmark failed: {failure}")
    return 1 if outcome.results.failures else 0
