"""The rows of the table: what is measured, against which backend, with which tool."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import backends, memory, tools
from benchmarks.errors import BenchmarkError
from benchmarks.executables import find
from benchmarks.figures import Figure, Work
from benchmarks.peers import Endpoint, Peer, Place


@dataclass(frozen=True)
class Load:
    """How long each tool runs, in seconds, and how many sessions idle."""

    seconds: int
    sessions: int = 0


@dataclass(frozen=True)
class Row:
    """One line of the table. `programs` are what it needs installed; `decimals` is for printing.

    `run` returns the work that was done, or a bare figure where it is not about work. What the proxy's process spends
    is divided by the amount of the work, and comes in `cpu_unit`. A row about the process itself (`proxies_only`) has
    no direct figure.
    """

    name: str
    title: str
    unit: str
    cpu_unit: str
    decimals: int
    programs: tuple[str, ...]
    backend: backends.Backend
    run: Callable[[Endpoint, Load], Work | float]
    proxies_only: bool = False
    bulk: bool = False

    def missing(self) -> list[str]:
        """Those of the row's programs that are not installed."""
        return [program for program in self.programs if find(program) is None]

    def measure(self, peer: Peer, load: Load, directory: Path) -> Figure:
        """One figure, with a backend and a proxy that are started for it and ended after it."""
        with (
            tempfile.TemporaryDirectory(dir=directory) as scratch,
            self.backend(Path(scratch)) as (backend, distant),
            peer.start(Place(distant, Path(scratch), self.bulk)) as endpoint,
        ):
            before = endpoint.cpu()
            try:
                done = self.run(endpoint, load)
            except BenchmarkError:
                # A proxy that ended, or says what went wrong, is the better message.
                endpoint.check()
                raise
            endpoint.check()
            backend.check()
            if not isinstance(done, Work):
                return Figure(done)
            spent = endpoint.cpu() - before
        return Figure(done.rate, spent / done.amount * 1e6 if peer.is_proxy else None)


def _idle_memory(endpoint: Endpoint, load: Load) -> float:
    assert endpoint.process is not None
    return memory.kilobytes_per_session(endpoint.port, endpoint.process.pid, load.sessions)


BULK = Row(
    "bulk",
    "one bulk stream",
    "Gbit/s",
    "us/MB",
    1,
    ("iperf3",),
    backends.iperf3,
    lambda endpoint, load: tools.bulk(endpoint.port, load.seconds),
    bulk=True,
)
KEEPALIVE = Row(
    "keepalive",
    "HTTP keep-alive, 50 connections",
    "requests/s",
    "us/request",
    0,
    ("wrk", "nginx"),
    backends.nginx,
    lambda endpoint, load: tools.keepalive(endpoint.port, load.seconds),
)
CONNECTIONS = Row(
    "connections",
    "HTTP, a new connection each",
    "requests/s",
    "us/request",
    0,
    ("wrk", "nginx"),
    backends.nginx,
    lambda endpoint, load: tools.connections(endpoint.port, load.seconds),
)
REDIS = Row(
    "redis",
    "Redis GET, 50 connections",
    "requests/s",
    "us/request",
    0,
    ("redis-benchmark", "redis-server"),
    backends.redis,
    lambda endpoint, load: tools.redis_get(endpoint.port, load.seconds),
)
MEMORY = Row(
    "memory",
    "memory per idle session",
    "kB",
    "",
    2,
    ("redis-server",),
    backends.redis,
    _idle_memory,
    proxies_only=True,
)
