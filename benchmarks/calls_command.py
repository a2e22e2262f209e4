"""The command line of the benchmark of calls."""

import sys
from collections.abc import Sequence

from benchmarks import command_line
from benchmarks.calls_report import table
from benchmarks.data import as_data
from benchmarks.environment import describe
from benchmarks.errors import BenchmarkError
from benchmarks.rows import KEEPALIVE, REDIS, Load
from benchmarks.turns import measure_all
from benchmarks.variants import PLAIN, VARIANTS

LEGEND = """\
calls: those of a request, on average, that are not relayed by the event loop; requests and answers are calls.
us/request: processor time of the proxy's process. Figures are medians; each ratio is to the first line in the same
round, and has its median and spread. Of the rate more is better, of the processor time less."""


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 when a measurement failed."""
    arguments = command_line.parser("What calls, hooks and handlers cost, in one run.", "variant").parse_args(argv)
    command_line.end_by_signals()
    environment = describe()
    peers = [variant.peer for variant in VARIANTS]
    command_line.announce(environment, peers)
    try:
        results = measure_all([KEEPALIVE, REDIS], peers, Load(arguments.seconds), arguments.rounds)
    except BenchmarkError as exc:
        print(f"benchmark failed: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    for result in results:
        print(f"\n{table(result, VARIANTS)}")
    print(f"\nRounds: {arguments.rounds}, about {arguments.seconds} s a tool.\n{LEGEND}")
    pairs = [(peer.name, PLAIN.peer.name) for peer in peers if peer is not PLAIN.peer]
    settings = {"rounds": arguments.rounds, "seconds": arguments.seconds}
    command_line.write_json(arguments.json, as_data(results, pairs, environment, settings))
    return 0
