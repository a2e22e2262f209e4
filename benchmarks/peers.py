"""Who stands between the tool and the backend: nobody, Vaurien or HAProxy."""

import contextlib
import functools
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.executables import find
from benchmarks.limits import SPARE, open_files
from benchmarks.ports import free_port, is_listening
from benchmarks.processes import Process, running

ROOT = Path(__file__).resolve().parent.parent
LISTENS = re.compile(r"^proxy default: 127\.0\.0\.1:(\d+) -> .*\n", re.MULTILINE)
COMPLAINT = re.compile(r"^.*(?:\bTraceback\b|\bERROR\b|\bCRITICAL\b|\bALERT\b).*$", re.MULTILINE)

MAX_CONNECTIONS = 20_000
# Only the one bulk stream splices. HAProxy's own default, maxconn/4, would take descriptors from the idle sessions.
MAX_PIPES = 100
# How HAProxy splices: lines for its `global` section, lines for `defaults`. "auto" leaves the choice to its heuristics;
# "always" splices whatever comes, through pipes as large as Vaurien's.
SPLICE = {
    "auto": ("", "    option splice-auto\n"),
    "always": ("    tune.pipesize 1048576\n", "    option splice-request\n    option splice-response\n"),
}
HAPROXY_CONFIG = """\
global
    nbthread 1
    maxconn {max_connections}
    maxpipes {max_pipes}
{splice_globals}defaults
    mode tcp
{splice_options}    timeout connect 60s
    timeout client 60s
    timeout server 60s
listen benchmark
    bind 127.0.0.1:{local}
    server backend 127.0.0.1:{distant}
"""


def parse_port(output: str) -> int | None:
    """The port on which Vaurien says that it listens, or None before it does."""
    found = LISTENS.search(output)
    return int(found.group(1)) if found else None


def find_complaint(output: str) -> str | None:
    """The first line of a proxy's output that reports an error, or None."""
    found = COMPLAINT.search(output)
    return found.group().strip() if found else None


@dataclass(frozen=True)
class Endpoint:
    """Where a tool connects to. `process` is the proxy's, None when the tool talks to the backend directly."""

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


@dataclass(frozen=True)
class Peer:
    """`start(distant_port, directory)` gives the endpoint as a context manager, which ends the proxy when left."""

    name: str
    start: Callable[[int, Path], contextlib.AbstractContextManager[Endpoint]]
    is_proxy: bool = True
    missing: str | None = None  # what is not installed


@contextlib.contextmanager
def _direct(distant: int, directory: Path) -> Iterator[Endpoint]:
    yield Endpoint(distant)


@contextlib.contextmanager
def _vaurien(arguments: Sequence[str], distant: int, directory: Path) -> Iterator[Endpoint]:
    argv = [
        sys.executable,
        "-m",
        "vaurien",
        "--local",
        "127.0.0.1:0",
        "--distant",
        f"127.0.0.1:{distant}",
        "--log-level",
        "warning",
        *arguments,
    ]
    with running("vaurien", argv, directory, {"PYTHONPATH": str(ROOT)}) as process:
        process.wait_until(lambda: parse_port(process.output()) is not None)
        port = parse_port(process.output())
        assert port is not None
        yield Endpoint(port, process)


@contextlib.contextmanager
def _other_command(template: str, distant: int, directory: Path) -> Iterator[Endpoint]:
    local = free_port()
    argv = [word.format(local=f"127.0.0.1:{local}", distant=f"127.0.0.1:{distant}") for word in shlex.split(template)]
    with running("vaurien", argv, directory, {"PYTHONPATH": str(ROOT)}) as process:
        process.wait_until(lambda: is_listening(local))
        yield Endpoint(local, process)


@contextlib.contextmanager
def _haproxy(splice: str, distant: int, directory: Path) -> Iterator[Endpoint]:
    local = free_port()
    # HAProxy refuses to start when the system does not allow the descriptors that its two limits ask for. Half of
    # SPARE stays for its own use and the other half makes sure that it holds a few sessions more than are opened.
    max_connections = min(MAX_CONNECTIONS, (open_files() - SPARE // 2 - 2 * MAX_PIPES) // 2)
    config = directory / "haproxy.cfg"
    splice_globals, splice_options = SPLICE[splice]
    config.write_text(
        HAPROXY_CONFIG.format(
            max_connections=max_connections,
            max_pipes=MAX_PIPES,
            splice_globals=splice_globals,
            splice_options=splice_options,
            local=local,
            distant=distant,
        )
    )
    program = find("haproxy")
    if program is None:
        raise BenchmarkError("haproxy is not installed")
    with running("haproxy", [program, "-db", "-f", str(config)], directory) as process:
        process.wait_until(lambda: is_listening(local))
        yield Endpoint(local, process)


def all_peers(vaurien_arguments: Sequence[str], vaurien_command: str | None, haproxy_splice: str) -> list[Peer]:
    """The three peers in the order in which they take turns.

    `vaurien_command` replaces Vaurien's whole command line; {local} and {distant} in it become HOST:PORT.
    `haproxy_splice` is a key of SPLICE.
    """
    if vaurien_command is None:
        start_vaurien = functools.partial(_vaurien, vaurien_arguments)
    else:
        start_vaurien = functools.partial(_other_command, vaurien_command)
    return [
        Peer("direct", _direct, is_proxy=False),
        Peer("vaurien", start_vaurien),
        Peer("haproxy", functools.partial(_haproxy, haproxy_splice), missing=None if find("haproxy") else "haproxy"),
    ]
