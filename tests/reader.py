"""A reader of the documentation: types what is printed, with ports that are free here in place of the usual ones."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.program import Program, environment, program
from tests.terminals import programs

DEADLINE = 120.0  # seconds for a command that comes to an end
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\d|\d+\.\d+ ?s\b|(?<=seconds=)[\d.]+")


class Reader:
    """Types commands in `folder`, as long as a `with` block. `ports` are the printed ones, each with the one to use.

    One Vaurien runs at a time: `vaurien` is the last that was started.
    """

    def __init__(self, folder: Path, ports: Mapping[str, int]) -> None:
        self.folder = folder
        self.ports = ports
        self.vaurien: Program
        self._serving = ExitStack()
        self._proxying = ExitStack()

    def here(self, text: str) -> str:
        """A printed text, with the ports that are used here."""
        return re.sub(rf"\b({'|'.join(self.ports)})\b", lambda match: str(self.ports[match[0]]), text)

    def start(self, line: str) -> Program:
        """Starts the Vaurien of a command line, after the one that runs has been stopped."""
        self._proxying.close()
        words = subprocess.run(
            ["sh", "-c", f'printf "%s\\0" {self.here(line)}'], capture_output=True, text=True, check=True
        ).stdout.split("\0")[1:-1]
        variables = {"PYTHONDONTWRITEBYTECODE": "1"}
        self.vaurien = self._proxying.enter_context(program(*words, cwd=self.folder, variables=variables))
        return self.vaurien

    def serve(self, line: str) -> None:
        """Starts a web server by ``python -m http.server PORT …``, and waits until it listens."""
        words = self.here(line).split()[1:]
        process = subprocess.Popen(
            [sys.executable, "-u", *words], cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._variables(),
        )  # fmt: skip
        self._serving.callback(process.__exit__, None, None, None)
        self._serving.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving"), "the web server does not start"

    def run(self, line: str) -> str:
        """What a command says that comes to an end, well or not."""
        done = subprocess.run(
            ["sh", "-c", self.here(line)], cwd=self.folder, env=self._variables(), text=True, timeout=DEADLINE,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.stdout

    def _variables(self) -> dict[str, str]:
        path = f"{self._programs}:{os.environ['PATH']}"
        return environment({"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"})

    def __enter__(self) -> Self:
        self._programs = programs(self.folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._serving, self._proxying:
            pass


def pattern(shown: str) -> str:
    """The regular expression of a text that is printed: other times are as good, and … is anything."""
    parts = []
    for line in shown.strip().splitlines():
        dotted = [r"[\s\S]*?".join(map(re.escape, part.split("…"))) for part in TIME.split(line)]
        parts.append(r"[\d:.T-]+(?: ?s)?".join(dotted))
    return r"\s*\n\s*".join(part.strip() for part in parts)
