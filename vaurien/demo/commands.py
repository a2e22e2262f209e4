"""Commands: what to try next, ready to be copied."""

from __future__ import annotations

import os
import shlex
import shutil
import sys

COMMANDS = (
    ("one call in ten to Redis hangs, and its connection with it", "localhost:6379", "10:hang"),
    ("half of the requests to a web server wait two seconds", "localhost:80", "50:delay --handlers.delay.sleep 2"),
    ("a database loses connections; the seed makes it the same ones each time", "localhost:5432", "2:abort --seed 7"),
)
"""What each of them shows, the server, and what comes after ``--behavior``."""
LOCAL = "localhost:8000"


def commands(columns: int) -> list[tuple[str, str]]:
    """What each command shows, and the command, as it works in the folder and the shell that this one ran in.

    One that is longer than `columns` goes on in a second line, in a way that shells understand.
    """
    found = []
    for shows, server, behavior in COMMANDS:
        ends, rest = f"{program()} --local {LOCAL} --distant {server}", f"--behavior {behavior}"
        line = f"{ends} {rest}"
        found.append((shows, line if len(line) <= columns else f"{ends} \\\n  {rest}"))
    return found


def program() -> str:
    """The way to call this program again: by its name where the shell finds it by that, else as it was called now."""
    called = sys.argv[0]
    if os.path.basename(called) != "vaurien" or not os.access(called, os.X_OK):
        return f"{found_as(sys.executable)} -m vaurien"
    return found_as(called)


def found_as(path: str) -> str:
    """The name alone, if the shell would find this very file by it; else the path."""
    name = os.path.basename(path)
    found = shutil.which(name)
    same = found is not None and os.path.abspath(found) == os.path.abspath(path)
    return shlex.quote(name if same else path)
