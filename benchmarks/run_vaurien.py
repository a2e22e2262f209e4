"""Vaurien as a peer, or another program in its place."""

import contextlib
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.peers import Endpoint, Place
from benchmarks.ports import free_port, is_listening
from benchmarks.processes import running

# The working directory of Vaurien comes first on its path: it is the checkout's own that runs, whatever is installed,
# and what it is told to load by a dotted path is found from here too.
ROOT = Path(__file__).resolve().parent.parent
LISTENS = re.compile(r"^proxy default: 127\.0\.0\.1:(\d+) -> .*\n", re.MULTILINE)


def parse_port(output: str) -> int | None:
    """The port on which Vaurien says that it listens, or None before it does."""
    found = LISTENS.search(output)
    return int(found.group(1)) if found else None


@contextlib.contextmanager
def vaurien(arguments: Sequence[str], place: Place) -> Iterator[Endpoint]:
    """Vaurien with more `arguments`; it writes nothing but warnings."""
    argv = [
        sys.executable,
        "-m",
        "vaurien",
        "--local",
        "127.0.0.1:0",
        "--distant",
        f"127.0.0.1:{place.distant}",
        "--log-level",
        "warning",
        *arguments,
    ]
    with running("vaurien", argv, place.directory, ROOT) as process:
        process.wait_until(lambda: parse_port(process.output()) is not None)
        port = parse_port(process.output())
        assert port is not None
        yield Endpoint(port, process)


@contextlib.contextmanager
def other_command(template: str, place: Place) -> Iterator[Endpoint]:
    """A program started from the directory of the caller; {local} and {distant} in `template` become HOST:PORT."""
    local, distant = free_port(), place.distant
    argv = [word.format(local=f"127.0.0.1:{local}", distant=f"127.0.0.1:{distant}") for word in shlex.split(template)]
    with running("vaurien", argv, place.directory, Path.cwd()) as process:
        process.wait_until(lambda: is_listening(local))
        yield Endpoint(local, process)
