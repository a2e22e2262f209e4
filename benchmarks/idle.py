"""What idle sessions cost a proxy: memory, and processor time."""

import time
from collections.abc import Sequence

from benchmarks import backends
from benchmarks.charts import Chart, metric_bars
from benchmarks.clients import Clients, connected
from benchmarks.figures import Results
from benchmarks.groups import Group
from benchmarks.line_up import PROXIES
from benchmarks.memory import resident_bytes
from benchmarks.metrics import Metric
from benchmarks.peers import Endpoint
from benchmarks.rows import Figures, Row
from benchmarks.scale import Scale

SETTLE = 0.5  # seconds in which a proxy may finish what opening the sessions has left it to do
OPENING = 0.0003  # seconds for a session, to estimate

MEMORY = Metric("memory", "resident memory", "MB", 1)
PER_SESSION = Metric("per_session", "memory for each session", "kB", 2)
CPU = Metric("cpu", "processor time", "s/min", 4)


def idle(endpoint: Endpoint, scale: Scale, sessions: int, answered: bool = True) -> Figures:
    """What so many sessions cost, each of which has carried one request, and its answer where it is `answered`.

    One session more before the first reading takes what a proxy sets up only once. At the end every session is asked
    again, because one that was dropped meanwhile would have cost nothing.
    """
    assert endpoint.process is not None
    pid = endpoint.process.pid
    with connected(endpoint.port, 1) as first, connected(endpoint.port, 0) as clients:
        ask = Clients.ask_all if answered else Clients.tell_all
        ask(first)
        before = resident_bytes(pid)
        clients.connect(endpoint.port, sessions)
        ask(clients)
        time.sleep(SETTLE)
        cpu, start = endpoint.cpu(), time.perf_counter()
        time.sleep(scale.idle)
        spent = (endpoint.cpu() - cpu) / (time.perf_counter() - start)
        after = resident_bytes(pid)
        ask(clients)
    figures = {"memory": after / 1e6, "cpu": spent * 60}
    return figures | ({"per_session": (after - before) / sessions / 1000} if sessions else {})


def _row(sessions: int, quick: bool = False) -> Row:
    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        return idle(endpoint, scale, sessions)

    return Row(
        f"idle_{sessions}",
        f"{sessions:,} idle sessions",
        (MEMORY, PER_SESSION, CPU) if sessions else (MEMORY, CPU),
        backends.echo,
        run,
        peers=PROXIES,
        lasts=lambda scale: SETTLE + scale.idle + sessions * OPENING,
        sessions=sessions,
        quick=quick,
    )


def _charts(group: Group, results: Results) -> Sequence[Chart]:
    return [Chart(group.name, group.title, [metric_bars(results, group.rows, metric) for metric in group.metrics()])]


IDLE = Group(
    "idle",
    "Idle sessions",
    "Memory is the resident set of the proxy's process; that of the kernel (socket buffers) is not in it.",
    (_row(0, quick=True), _row(1_000, quick=True), _row(5_000)),
    _charts,
)
