"""A row: what is measured, against which backend, and with whom."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.backends import Backend
from benchmarks.errors import BenchmarkError
from benchmarks.executables import find
from benchmarks.limits import allowed_sessions, open_files
from benchmarks.line_up import LINE_UP
from benchmarks.metrics import Metric
from benchmarks.peers import Endpoint, Peer, Place
from benchmarks.ports import is_listening
from benchmarks.scale import Scale

# The figures of one turn, by the metric's name.
Figures = Mapping[str, float]


def tool_seconds(scale: Scale) -> float:
    """How long a row with a load tool lasts."""
    return scale.tool


@dataclass(frozen=True)
class Row:
    """One row. Its `name` is its own among all groups.

    `programs` have to be installed for it, `sessions` have to be allowed to be open at once. `lasts` estimates the
    seconds that `run` takes. `x` is its place on the axis of a plot. `base` names the row that it is compared to,
    where that is not this row with another peer. A row that is not `quick` is left out of quick runs.
    """

    name: str
    title: str
    metrics: tuple[Metric, ...]
    backend: Backend
    run: Callable[[Endpoint, Scale], Figures]
    programs: tuple[str, ...] = ()
    peers: tuple[Peer, ...] = LINE_UP
    lasts: Callable[[Scale], float] = tool_seconds
    sessions: int = 0
    bulk: bool = False
    waits: bool = True  # for the proxy to listen
    quick: bool = False
    x: float = 0.0
    base: str | None = None

    def missing(self) -> list[str]:
        """What keeps it from being measured here, each as a few words."""
        reasons = [f"{program} is not installed" for program in self.programs if find(program) is None]
        if allowed_sessions(self.sessions, open_files()) < self.sessions:
            reasons.append(f"{open_files()} open files are too few for {self.sessions} sessions")
        return reasons

    def measure(self, peer: Peer, scale: Scale, directory: Path) -> Figures:
        """The figures of one turn, with a backend and a proxy that are started for it and ended after it."""
        with (
            tempfile.TemporaryDirectory(dir=directory) as scratch,
            self.backend(Path(scratch)) as (backend, distant),
            peer.start(Place(distant, Path(scratch), self.bulk)) as endpoint,
        ):
            if self.waits and endpoint.process is not None:
                endpoint.process.wait_until(lambda: is_listening(endpoint.port))
            try:
                figures = self.run(endpoint, scale)
            except BenchmarkError:
                # A proxy that ended, or says what went wrong, is the better message; and so is a backend.
                endpoint.check()
                backend.check()
                raise
            endpoint.check()
            backend.check()
        return figures
