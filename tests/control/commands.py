"""``vaurienctl`` as users type it, in this process or in one of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.control.controlled import Controlled
from tests.program import environment
from vaurien.ctl import main

DEADLINE = 20.0  # seconds


class Said(NamedTuple):
    """Exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Ctl:
    """Types commands for one daemon."""

    def __init__(self, api: Controlled) -> None:
        self.api = api
        self.url = api.url or str(api.address)

    def say(self, *words: str) -> Said:
        """What a command says."""
        return said("--url", self.url, *words)

    def lines(self, *words: str) -> list[str]:
        """The lines of a command that goes well."""
        done = self.say(*words)
        assert (done.code, done.err) == (0, ""), done
        return done.out.splitlines()

    def rows(self, *words: str) -> list[dict[str, str]]:
        """The rows of a table as awk sees them, by the titles of its columns; the last takes all that is left."""
        titles, *rows = [line.split() for line in self.lines(*words)]
        last = len(titles) - 1
        assert all(len(row) > last for row in rows), rows
        return [dict(zip(titles, [*row[:last], " ".join(row[last:])], strict=True)) for row in rows]

    def json(self, *words: str) -> Any:
        return json.loads("\n".join(self.lines(*words, "--json")))

    def refusal(self, *words: str) -> tuple[int, str]:
        """Exit code and the one line of a command that does not go well."""
        done = self.say(*words)
        assert done.out == "" and done.err.startswith("vaurienctl: ") and done.err.count("\n") == 1, done
        return done.code, done.err.removeprefix("vaurienctl: ").rstrip("\n")


def said(*words: str) -> Said:
    """What a command says, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as exc:  # --help and --version
            code = int(exc.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


@contextmanager
def process(*words: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, whose outputs are pipes; killed at the end of the block if it still runs."""
    found = subprocess.Popen(
        [sys.executable, "-m", "vaurien.ctl", *words], env=environment(variables), text=True, bufsize=1,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0,
    )  # fmt: skip
    with found:
        try:
            yield found
        finally:
            found.kill()


def run(*words: str, **variables: str) -> Said:
    """What the command says in a process of its own."""
    with process(*words, **variables) as running:
        out, err = running.communicate(timeout=DEADLINE)
        return Said(running.returncode, out, err)


@contextmanager
def on_a_terminal(*words: str, columns: int = 160) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The command with a terminal of `columns` before it: its process, and the descriptor at which its user sits."""
    user, terminal = os.openpty()
    try:
        found = subprocess.Popen(
            [sys.executable, "-m", "vaurien.ctl", *words],
            env=environment({"TERM": "xterm", "COLUMNS": str(columns), "LINES": "24"}),
            stdin=terminal, stdout=terminal, stderr=subprocess.PIPE, process_group=0,
        )  # fmt: skip
        with found:
            try:
                yield found, user
            finally:
                found.kill()
    finally:
        os.close(terminal)
        os.close(user)
