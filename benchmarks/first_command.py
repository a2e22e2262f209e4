"""The command line of the first benchmark."""

import argparse
import functools
import shlex
import sys
from collections.abc import Sequence

from benchmarks import command_line
from benchmarks.data import as_data
from benchmarks.environment import describe
from benchmarks.errors import BenchmarkError
from benchmarks.first_report import cpu_table, table
from benchmarks.limits import allowed_sessions, open_files, raise_open_files
from benchmarks.peers import Peer, direct
from benchmarks.rows import BULK, CONNECTIONS, KEEPALIVE, MEMORY, REDIS, Load
from benchmarks.run_haproxy import HAPROXY
from benchmarks.run_vaurien import other_command, vaurien
from benchmarks.turns import measure_all

ROWS = {row.name: row for row in (BULK, KEEPALIVE, CONNECTIONS, REDIS, MEMORY)}
SESSIONS = 3_500


def _row_names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in ROWS:
            raise argparse.ArgumentTypeError(f"unknown row {name!r}; choose from {', '.join(ROWS)}")
    return names


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; ends the process with status 2 when it is not understood."""
    parser = command_line.parser("Direct, Vaurien and HAProxy side by side, in one run.", "peer in every row")
    parser.add_argument(
        "--sessions",
        type=command_line.positive,
        default=SESSIONS,
        metavar="N",
        help=f"idle sessions in the row memory ({SESSIONS})",
    )
    parser.add_argument("--only", type=_row_names, metavar="ROWS", default=list(ROWS), help=f"some of {','.join(ROWS)}")
    ours = parser.add_mutually_exclusive_group()
    ours.add_argument(
        "--vaurien-args",
        type=shlex.split,
        default=[],
        metavar="ARGS",
        help='more arguments for Vaurien, as one word: --vaurien-args="--behavior 20:delay"',
    )
    ours.add_argument(
        "--vaurien-command",
        metavar="COMMAND",
        help="run this in Vaurien's place; {local} and {distant} in it become HOST:PORT",
    )
    return parser.parse_args(argv)


def all_peers(vaurien_arguments: Sequence[str], vaurien_command: str | None) -> list[Peer]:
    """The three peers in the order in which they take turns; `vaurien_command` replaces Vaurien altogether."""
    if vaurien_command is None:
        ours = Peer("vaurien", functools.partial(vaurien, vaurien_arguments))
    else:
        ours = Peer("vaurien", functools.partial(other_command, vaurien_command))
    return [Peer("direct", direct, is_proxy=False), ours, HAPROXY]


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 when a row failed."""
    arguments = parse_arguments(argv)
    command_line.end_by_signals()
    sessions = allowed_sessions(arguments.sessions, raise_open_files())
    if sessions < arguments.sessions:
        print(f"{sessions} idle sessions instead of {arguments.sessions}: only {open_files()} open files are allowed")
    environment = describe()
    peers = all_peers(arguments.vaurien_args, arguments.vaurien_command)
    command_line.announce(environment, peers)
    rows = [row for name, row in ROWS.items() if name in arguments.only]
    try:
        results = measure_all(rows, peers, Load(arguments.seconds, sessions), arguments.rounds)
    except BenchmarkError as exc:
        print(f"benchmark failed: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\n{table(results)}\n\n{cpu_table(results)}\n")
    print(f"Rounds: {arguments.rounds}, {arguments.seconds} s a tool. Figures are medians; ratios are taken per round.")
    print("Of memory and processor time less is better, of all else more.")
    settings = {
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "sessions": sessions,
        "vaurien_args": arguments.vaurien_args,
        "vaurien_command": arguments.vaurien_command,
    }
    command_line.write_json(arguments.json, as_data(results, [("vaurien", "haproxy")], environment, settings))
    return 0
