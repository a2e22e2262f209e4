"""Who stands between a client and its backend: nobody, or a proxy."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cpu import cpu_seconds
from benchmarks.errors import BenchmarkError
from benchmarks.executables import find
from benchmarks.processes import Process

# The last one is how Toxiproxy writes it.
COMPLAINT = re.compile(
    r'^.*(?:\bTraceback\b|\bERROR\b|\bCRITICAL\b|\bALERT\b|"level":"(?:error|fatal|panic)").*$', re.MULTILINE
)


def find_complaint(output: str) -> str | None:
    """The first line of a proxy's output that reports an error, or None."""
    found = COMPLAINT.search(output)
    return found.group().strip() if found else None


@dataclass(frozen=True)
class Endpoint:
    """Where a client connects to. `process` is the proxy's, None when the client talks to the backend directly."""

    port: int
    process: Process | None = None

    def check(self) -> None:
        """Raises BenchmarkError when the proxy has ended or has logged an error."""
        if self.process is None:
            return
        self.process.check()
        complaint = find_complaint(self.process.output())
        if complaint:
            raise BenchmarkError(f"{self.process.name} logged: {complaint}")

    def cpu(self) -> float:
        """The processor time of the proxy so far, in seconds; 0 without one."""
        return 0.0 if self.process is None else cpu_seconds(self.process.pid)


@dataclass(frozen=True)
class Place:
    """Where a proxy is started: before the backend on port `distant`, with its files in `directory`.

    `bulk` says that one large stream will pass, and not many small messages: HAProxy is set up for either.
    """

    distant: int
    directory: Path
    bulk: bool = False


@dataclass(frozen=True)
class Peer:
    """`start(place)` starts the proxy and gives its endpoint as a context manager, which ends the proxy when left.

    The proxy may not listen yet when it is given. `program` has to be installed for it.
    """

    name: str
    title: str
    start: Callable[[Place], contextlib.AbstractContextManager[Endpoint]]
    is_proxy: bool = True
    program: str | None = None

    @property
    def missing(self) -> bool:
        """Whether its program is not installed."""
        return self.program is not None and find(self.program) is None


@contextlib.contextmanager
def direct(place: Place) -> Iterator[Endpoint]:
    """No proxy at all."""
    yield Endpoint(place.distant)


DIRECT = Peer("direct", "direct", direct, is_proxy=False)
