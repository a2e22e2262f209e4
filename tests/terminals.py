"""A terminal of a reader's: the commands that a page prints, run as they are printed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.program import environment

DEADLINE = 120.0  # seconds for a command that comes to an end, and for a server to stop


class Terminal:
    """Commands are run by the shell in `folder`. A server stays there until the next one needs the place."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.variables = variables
        self.server: subprocess.Popen[str] | None = None

    def start(self, line: str) -> None:
        """Starts a server; what was there is ended by what Ctrl-C sends."""
        self.stop()
        self.server = subprocess.Popen(
            ["sh", "-c", f"exec {line}"], cwd=self.folder, env=self.variables, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0,
        )  # fmt: skip

    def read_until(self, beginning: str) -> str:
        """What the server prints, up to a line that begins so. The test's timeout ends it if none comes."""
        assert self.server is not None and self.server.stdout is not None
        said = ""
        for line in self.server.stdout:
            said += line
            if line.startswith(beginning):
                return said
        raise AssertionError(f"it ended after {said!r}")

    def run(self, line: str) -> str:
        """What a command prints that comes to an end. Its exit code must be 0."""
        done = subprocess.run(
            ["sh", "-c", line], cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=DEADLINE
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self) -> None:
        """Ends the server, if there is one."""
        server, self.server = self.server, None
        if server is None:
            return
        with server:  # closes the pipe
            server.send_signal(signal.SIGINT)
            try:
                server.wait(DEADLINE)
            finally:
                server.kill()


@contextmanager
def terminals(folder: Path, names: list[str]) -> Iterator[dict[str, Terminal]]:
    """Terminals by name. Their `python` and `vaurien` are those of this checkout; `folder` is where they are."""
    variables = environment({"PATH": f"{programs(folder.parent)}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"})
    found = {name: Terminal(folder, variables) for name in names}
    try:
        yield found
    finally:
        for terminal in found.values():
            terminal.stop()


def programs(folder: Path) -> Path:
    """A folder with the programs that a virtual environment with Vaurien in it has, made in `folder`."""
    target = folder / "bin"
    target.mkdir()
    for name, what in (("python", ""), ("vaurien", " -m vaurien")):
        (target / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{what} "$@"\n')
        (target / name).chmod(0o755)
    return target
