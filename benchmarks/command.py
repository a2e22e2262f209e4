"""The command line of the first benchmark."""

import argparse
import json
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from benchmarks.environment import describe
from benchmarks.errors import BenchmarkError
from benchmarks.limits import allowed_sessions, open_files, raise_open_files
from benchmarks.peers import SPLICE, Peer, all_peers
from benchmarks.report import as_data, table
from benchmarks.rows import ROWS, Load
from benchmarks.turns import measure_all

SESSIONS = 3_500


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _row_names(text: str) -> list[str]:
    known = [row.name for row in ROWS]
    names = text.split(",")
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"unknown row {name!r}; choose from {', '.join(known)}")
    return names


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; ends the process with status 2 when it is not understood."""
    parser = argparse.ArgumentParser(description="Direct, Vaurien and HAProxy side by side, in one run.")
    parser.add_argument("--rounds", type=_positive, default=3, metavar="N", help="turns of every peer in every row (3)")
    parser.add_argument("--seconds", type=_positive, default=3, metavar="S", help="how long each tool runs (3)")
    parser.add_argument(
        "--sessions",
        type=_positive,
        default=SESSIONS,
        metavar="N",
        help=f"idle sessions in the row memory ({SESSIONS})",
    )
    parser.add_argument(
        "--only",
        type=_row_names,
        metavar="ROWS",
        default=[row.name for row in ROWS],
        help=f"some of {','.join(row.name for row in ROWS)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there too")
    parser.add_argument(
        "--haproxy-splice",
        choices=list(SPLICE),
        default="auto",
        help="splice by HAProxy's heuristics (auto), or always and through pipes of 1 MiB like Vaurien's",
    )
    vaurien = parser.add_mutually_exclusive_group()
    vaurien.add_argument(
        "--vaurien-args",
        type=shlex.split,
        default=[],
        metavar="ARGS",
        help='more arguments for Vaurien, as one word: --vaurien-args="--behavior 20:delay"',
    )
    vaurien.add_argument(
        "--vaurien-command",
        metavar="COMMAND",
        help="run this in Vaurien's place; {local} and {distant} in it become HOST:PORT",
    )
    return parser.parse_args(argv)


def _end_on(number: int, frame: FrameType | None) -> None:
    # As an exception, so that every process and temporary file goes the way of Ctrl-C.
    raise SystemExit(128 + number)


def _announce(arguments: argparse.Namespace, sessions: int, environment: Mapping[str, str], peers: list[Peer]) -> None:
    if sessions < arguments.sessions:
        print(f"{sessions} idle sessions instead of {arguments.sessions}: only {open_files()} open files are allowed")
    for name, fact in environment.items():
        print(f"{name}: {fact}")
    print(f"HAProxy splices: {arguments.haproxy_splice}")
    for peer in peers:
        if peer.missing:
            print(f"{peer.name} is not measured: {peer.missing} is not installed")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 when a row failed."""
    arguments = parse_arguments(argv)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_on)
    sessions = allowed_sessions(arguments.sessions, raise_open_files())
    environment = describe()
    peers = all_peers(arguments.vaurien_args, arguments.vaurien_command, arguments.haproxy_splice)
    _announce(arguments, sessions, environment, peers)
    rows = [row for row in ROWS if row.name in arguments.only]
    try:
        results = measure_all(rows, peers, Load(arguments.seconds, sessions), arguments.rounds)
    except BenchmarkError as exc:
        print(f"benchmark failed: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\n{table(results)}\n")
    print(f"Rounds: {arguments.rounds}, {arguments.seconds} s a tool. Figures are medians; ratios are taken per round.")
    print("Of memory less is better, of all else more.")
    if arguments.json:
        settings = {
            "rounds": arguments.rounds,
            "seconds": arguments.seconds,
            "sessions": sessions,
            "vaurien_args": arguments.vaurien_args,
            "vaurien_command": arguments.vaurien_command,
            "haproxy_splice": arguments.haproxy_splice,
        }
        arguments.json.write_text(json.dumps(as_data(results, environment, settings), indent=2) + "\n")
    return 0
