"""Vaurien as users run it: the real program, in a process of its own, as long as a `with` block."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.command import dying_with_us

ROOT = Path(__file__).parent.parent
PROXY_LINE = re.compile(r"^proxy (?P<name>.+?): (?P<local>\S+) -> (?P<distant>\S+)$", re.MULTILINE)
SEED_LINE = re.compile(r"^seed (?P<seed>\d+)$", re.MULTILINE)  # the last line of the start
START_DEADLINE = 20.0  # seconds
STOP_DEADLINE = 15.0  # seconds; more than the default of --shutdown-timeout
POLL = 0.01  # seconds between two looks at what it has printed


class Program:
    """A running `python -m vaurien`. Made by `program`."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._folder: Path | None = folder
        self._kept: dict[str, str] = {}

    @property
    def output(self) -> str:
        """What it has printed on standard output so far; also after its end."""
        return self._read("stdout")

    @property
    def log(self) -> str:
        """What it has printed on standard error so far; also after its end."""
        return self._read("stderr")

    @property
    def locals(self) -> dict[str, str]:
        """Where each proxy listens, by the proxy's name: "127.0.0.1:40123", "[::1]:40123" or "unix:/path"."""
        return {match["name"]: match["local"] for match in PROXY_LINE.finditer(self.output)}

    @property
    def ports(self) -> dict[str, int]:
        """The real port of each proxy that listens on one, by the proxy's name."""
        found = {}
        for name, local in self.locals.items():
            if not local.startswith("unix:"):
                found[name] = int(local.rpartition(":")[2])
        return found

    @property
    def port(self) -> int:
        """The real port of the first proxy."""
        return next(iter(self.ports.values()))

    @property
    def seed(self) -> int:
        """The seed that it says it runs with."""
        match = SEED_LINE.search(self.output)
        if match is None:
            raise AssertionError(f"no seed was printed\n{self.said()}")
        return int(match["seed"])

    def wait_for_log(self, pattern: str, deadline: float = 10.0) -> re.Match[str]:
        """Wait until standard error has a match of the regular expression `pattern`, and return the match.

        `^` and `$` match at lines. AssertionError after `deadline` seconds, or when the program ends without it.
        """
        return self._wait_for(lambda: self.log, pattern, deadline)

    def wait_for_output(self, pattern: str, deadline: float = 10.0) -> re.Match[str]:
        """Like `wait_for_log`, for standard output."""
        return self._wait_for(lambda: self.output, pattern, deadline)

    def stop(self, number: signal.Signals = signal.SIGTERM, deadline: float = STOP_DEADLINE) -> None:
        """Ask it to end; AssertionError unless it does so within `deadline` seconds with exit code 0."""
        self.process.send_signal(number)
        try:
            code = self.process.wait(deadline)
        except subprocess.TimeoutExpired as exc:
            raise AssertionError(f"not ended {deadline} s after {number.name}\n{self.said()}") from exc
        if code != 0:
            raise AssertionError(f"exit code {code} after {number.name}\n{self.said()}")

    def said(self) -> str:
        """The end of both of its outputs, for messages."""
        return f"--- its output:\n{self.output[-2000:]}\n--- its log:\n{self.log[-4000:]}"

    def _read(self, name: str) -> str:
        return self._kept[name] if self._folder is None else (self._folder / name).read_text(errors="replace")

    def end(self) -> None:
        """Kill what still runs, and remove the files; what it has printed is kept in memory."""
        self.process.kill()  # does nothing to a process that has ended
        self.process.wait()
        if self._folder is not None:
            self._kept = {name: self._read(name) for name in ("stdout", "stderr")}
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _wait_for(self, text: Callable[[], str], pattern: str, deadline: float) -> re.Match[str]:
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            ended = self.process.poll() is not None  # looked at first: what it says last counts too
            match = re.search(pattern, text(), re.MULTILINE)
            if match is not None:
                return match
            if ended:
                raise AssertionError(f"it ended with {self.process.returncode} before {pattern!r}\n{self.said()}")
            try:
                self.process.wait(POLL)
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError(f"no {pattern!r} after {deadline} s\n{self.said()}")


def environment(variables: dict[str, str] | None = None) -> dict[str, str]:
    """Our environment, in which this checkout's package is the one that is imported."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, **(variables or {})}


def unmeasured(variables: dict[str, str] | None = None) -> dict[str, str]:
    """The same for a program that is not ours: no coverage is measured in it, which would only make it slow."""
    return {name: value for name, value in environment(variables).items() if not name.startswith("COV")}


@contextmanager
def program(
    *arguments: str | Path, cwd: Path | None = None, variables: dict[str, str] | None = None
) -> Iterator[Program]:
    """Run `python -m vaurien` with `arguments` until the end of the `with` block.

    The block begins when it has said where all its proxies listen; AssertionError when it ends before or is not ready
    after START_DEADLINE seconds. `variables` are added to the environment. At the end of the block it is stopped with
    SIGTERM, unless the test has stopped it, and its exit code must be 0. A failure in the block gets its outputs as a
    note.
    """
    running = start(arguments, cwd, variables)
    try:
        running.wait_for_output(SEED_LINE.pattern, START_DEADLINE)
        try:
            yield running
        except BaseException as exc:
            exc.add_note(running.said())
            raise
        if running.process.poll() is None:
            running.stop()
        elif running.process.returncode != 0:
            code = running.process.returncode
            raise AssertionError(f"it ended by itself, with exit code {code}\n{running.said()}")
    finally:
        running.end()


def start(arguments: Sequence[str | Path], cwd: Path | None, variables: dict[str, str] | None) -> Program:
    """Start the program and return at once. The caller calls `end`, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="vaurien-program-"))
    try:
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            process = subprocess.Popen(
                dying_with_us([sys.executable, "-m", "vaurien", *arguments]),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=cwd,
                env=environment(variables),
                process_group=0,  # Ctrl-C in a terminal is for pytest, which then ends the program itself
            )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Program(process, folder)
