"""The demo as users see it: the real program in a process of its own, on a terminal or without one."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DEADLINE = 20.0
"""How long anything may take, in seconds."""
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[^\[]")
PROGRAM = "import sys; from vaurien import demo; sys.exit(demo.run({seconds}))"


class Shown:
    """A running demo, of `seconds`. `size` is (columns, rows) of its terminal, None for a pipe in place of one.

    `text` is what it has written so far, `code` its exit code once it has ended. Close it, or use it in a `with`.
    """

    def __init__(self, seconds: float, size: tuple[int, int] | None = None, **variables: str) -> None:
        self.text = ""
        self.code: int | None = None
        if size is None:
            self._end, theirs = os.pipe()
        else:
            self._end, theirs = pty.openpty()
            termios.tcsetwinsize(theirs, (size[1], size[0]))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM.format(seconds=seconds)],
                stdin=subprocess.DEVNULL if size is None else theirs,
                stdout=theirs,
                stderr=theirs,
                env=environment() | variables,
                start_new_session=True,
                preexec_fn=None if size is None else take_terminal,
            )
        finally:
            os.close(theirs)

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.kill()  # does nothing to a process that has ended
        self._process.wait()
        os.close(self._end)

    @property
    def plain(self) -> str:
        """What it has written, without control codes, line ends as in a file."""
        return CONTROL.sub("", self.text).replace("\r\n", "\n").replace("\r", "\n")

    def wait_for(self, pattern: str) -> None:
        """Until it has written something that matches."""
        deadline = time.monotonic() + DEADLINE
        while not re.search(pattern, self.text):
            assert self._read(deadline), f"it ended without {pattern!r}:\n{self.text}"

    def wait(self) -> Shown:
        """Until it has ended."""
        deadline = time.monotonic() + DEADLINE
        while self._read(deadline):
            pass
        self.code = self._process.wait(DEADLINE)
        return self

    def type(self, keys: bytes) -> None:
        """What a user types at its terminal."""
        os.write(self._end, keys)

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._end], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more came in {DEADLINE} s:\n{self.text}"
        try:
            data = os.read(self._end, 65536)
        except OSError:  # how a terminal says on Linux that nobody is at it any more
            data = b""
        self.text += data.decode(errors="replace")
        return bool(data)


def take_terminal() -> None:
    """In the new process: its standard input becomes the terminal whose Ctrl-C it gets."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def environment() -> dict[str, str]:
    """The environment without what speaks of the terminal that the tests run on."""
    foreign = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM")
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return kept | {"PYTHONPATH": path, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
