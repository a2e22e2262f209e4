"""How soon after its start a proxy serves."""

import socket
import time
from collections.abc import Sequence

from benchmarks import backends
from benchmarks.charts import Chart, metric_bars
from benchmarks.echo import GREETING
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Results
from benchmarks.groups import Group
from benchmarks.line_up import PROXIES
from benchmarks.metrics import Metric
from benchmarks.peers import Endpoint
from benchmarks.processes import START_DEADLINE
from benchmarks.rows import Figures, Row
from benchmarks.scale import Scale

POLL = 0.001  # seconds between two attempts to connect; half of it is in the figure, on average

FIRST_BYTE = Metric("first_byte", "to the first byte", "ms", 1)


def _run(endpoint: Endpoint, scale: Scale) -> Figures:
    """From the moment at which the process was asked for to the first byte of the backend through the proxy."""
    process = endpoint.process
    assert process is not None
    while True:
        try:
            with socket.create_connection(("127.0.0.1", endpoint.port), timeout=START_DEADLINE) as client:
                greeting = client.recv(1)
                seconds = time.perf_counter() - process.started
        except ConnectionRefusedError:
            process.check()
            if time.perf_counter() - process.started > START_DEADLINE:
                raise BenchmarkError(f"{process.name} accepted nobody after {START_DEADLINE:g} seconds") from None
            time.sleep(POLL)
            continue
        except OSError as exc:
            raise BenchmarkError(f"the first session broke: {exc}") from exc
        if greeting != GREETING:
            raise BenchmarkError(f"the first session was greeted by {greeting!r}")
        return {"first_byte": seconds * 1000}


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    return [Chart(group.name, group.title, [metric_bars(results, group.rows, FIRST_BYTE)])]


START = Group(
    "start",
    "Start-up",
    "From starting the process to the first byte that the backend says through it. Toxiproxy is told of its proxy over "
    "its API meanwhile.",
    (
        Row(
            "start",
            "start-up",
            (FIRST_BYTE,),
            backends.echo,
            _run,
            peers=PROXIES,
            lasts=lambda scale: 0.0,
            waits=False,
            quick=True,
        ),
    ),
    _charts,
)
