"""Vaurien in front of a server of the test suite."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tests.program import Program, program
from tests.servers.base import Server

SLEEP = 0.05
"""Seconds that each call to the backend takes longer, where single answers are timed."""

SHORT_SLEEP = 0.02
"""The same where a whole workload runs, whose hundred round trips are timed together."""

# What the log holds when something went wrong inside the program, in whichever format a line is.
TROUBLE = re.compile(r"Traceback|\bERROR\b|\bCRITICAL\b|Exception ignored", re.IGNORECASE)


@contextmanager
def through_dummy(server: Server) -> Iterator[Program]:
    """Vaurien before `server`, leaving everything as it is. Its log must be free of trouble at the end."""
    with _through(server, "100:dummy") as vaurien:
        yield vaurien


@contextmanager
def through_delay(server: Server, sleep: float = SLEEP) -> Iterator[Program]:
    """Vaurien before `server`, with `sleep` seconds before every call to the backend."""
    with _through(server, "100:delay", "--handlers.delay.sleep", str(sleep)) as vaurien:
        yield vaurien


@contextmanager
def through_mixture(server: Server) -> Iterator[Program]:
    """Vaurien before `server`, a fifth of all calls delayed a little: sessions go to and fro between both paths."""
    with _through(server, "20:delay", "--handlers.delay.sleep", "0.001") as vaurien:
        yield vaurien


@contextmanager
def _through(server: Server, behavior: str, *options: str) -> Iterator[Program]:
    local = ["--local", f"{server.host}:0", "--distant", server.distant]
    with program(*local, "--behavior", behavior, *options) as vaurien:
        yield vaurien
        vaurien.stop()
        found = TROUBLE.search(vaurien.log)
        if found is not None:
            raise AssertionError(f"{found[0]!r} in the log\n{vaurien.said()}")
