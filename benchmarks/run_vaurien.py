"""Vaurien as a peer, with any arguments."""

import contextlib
import functools
import sys
from collections.abc import Iterator, Sequence

from benchmarks.peers import Endpoint, Peer, Place
from benchmarks.ports import free_port
from benchmarks.processes import ROOT, running


@contextlib.contextmanager
def vaurien(arguments: Sequence[str], place: Place) -> Iterator[Endpoint]:
    """Vaurien with more `arguments`; it writes nothing but warnings."""
    local = free_port()
    argv = [
        sys.executable,
        "-m",
        "vaurien",
        "--local",
        f"127.0.0.1:{local}",
        "--distant",
        f"127.0.0.1:{place.distant}",
        "--log-level",
        "warning",
        *arguments,
    ]
    # The working directory comes first on Python's path: it is the checkout's own Vaurien that runs, whatever is
    # installed, and what it is told to load by a dotted path is found from here too.
    with running("vaurien", argv, place.directory, ROOT) as process:
        yield Endpoint(local, process)


def with_arguments(*arguments: str) -> Peer:
    """Vaurien as it is started with more arguments."""
    return Peer("vaurien", "Vaurien", functools.partial(vaurien, arguments))


VAURIEN = with_arguments()
