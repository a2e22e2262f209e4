"""Child processes that end with the benchmark, whatever ends it."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError, last_line

# The checkout that the benchmark belongs to.
ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1  # linux/prctl.h
START_DEADLINE = 10.0  # seconds; a Python process on a busy machine takes about one
STOP_DEADLINE = 3.0  # seconds between SIGTERM and SIGKILL
POLL = 0.002  # seconds

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Runs in the child: the kernel kills it when the benchmark dies, even of a SIGKILL that runs no clean-up."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def identity(user: str | None) -> dict[str, Any]:
    """Arguments of `subprocess` that start a program as `user`, where root does it for somebody else."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


class Process:
    """A running child. Its output, both streams, goes to the file `log`: a pipe that nobody reads would block it.

    `started` is when it was asked for, by time.perf_counter().
    """

    def __init__(self, name: str, child: "subprocess.Popen[bytes]", log: Path, started: float) -> None:
        self.name, self.child, self.log, self.started = name, child, log, started

    @property
    def pid(self) -> int:
        return self.child.pid

    def output(self) -> str:
        """All that it has printed so far."""
        return self.log.read_text(errors="replace")

    def check(self) -> None:
        """Raises BenchmarkError when the process has ended."""
        status = self.child.poll()
        if status is not None:
            raise BenchmarkError(f"{self.name} ended with status {status}: {last_line(self.output())}")

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Returns when `ready()` is true; BenchmarkError when the process ends first or START_DEADLINE passes."""
        deadline = time.monotonic() + START_DEADLINE
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise BenchmarkError(
                    f"{self.name} was not ready after {START_DEADLINE:g} seconds: {last_line(self.output())}"
                )
            time.sleep(POLL)


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """Ends the child and all of its process group; returns when the child is gone."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_DEADLINE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


@contextlib.contextmanager
def running(
    name: str,
    argv: Sequence[str],
    directory: Path,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
) -> Iterator[Process]:
    """A child process with its log in `directory`; ended when the block is left.

    It works in `folder`, or else in `directory`, with `environment` beside the benchmark's own. It gets a process group
    of its own, so that Ctrl-C reaches the benchmark alone, which then ends its children. It runs as `user`, or else as
    who runs the benchmark.
    """
    log = directory / f"{name}.log"
    with log.open("wb") as stream:
        started = time.perf_counter()
        try:
            child = subprocess.Popen(
                argv,
                cwd=folder or directory,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
                **identity(user),
            )
        except (OSError, KeyError) as exc:
            raise BenchmarkError(f"{name} cannot be started: {exc}") from exc
    try:
        yield Process(name, child, log, started)
    finally:
        _stop(child)
