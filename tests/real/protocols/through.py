"""Vaurien, which knows the protocol, in front of a server."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from tests.program import Program, program

CALLS = int(os.environ.get("VAURIEN_CALLS", "200"))
"""How many requests a driver makes about, where it makes many."""

# Each way in which calls that are left as they are can be dealt with.
WAYS: dict[str, list[str]] = {
    "dummy": [],
    "debug": ["--log-level", "debug"],
    "hook": ["--hook", "tests.real.protocols.passing.Passing"],
    "delay": ["--behavior", "20:delay", "--handlers.delay.sleep", "0"],
}
TROUBLE = re.compile(r"Traceback|^\S+ (ERROR|CRITICAL)\b|Exception ignored", re.MULTILINE)
"""What the log holds when something went wrong inside the program: ``error`` in it may be a handler, or a reply."""
PLAIN = "goes on as plain tcp"


@contextmanager
def before(distant: str, protocol: str, *arguments: str, plain: int = 0) -> Iterator[Program]:
    """Vaurien before the server at `distant`. At the end its log must be free of trouble, and so many sessions must
    have become plain tcp."""
    places = ["--local", "127.0.0.1:0", "--distant", distant, "--protocol", protocol]
    with program(*places, *arguments) as vaurien:
        yield vaurien
        vaurien.stop()
        found = TROUBLE.search(vaurien.log)
        assert found is None, vaurien.said()
        assert vaurien.log.count(PLAIN) == plain, vaurien.said()


def share(failed: int, calls: int) -> None:
    """Fails unless `failed` is a fifth of `calls` within what chance allows: five standard deviations."""
    bound = 5 * (calls * 0.2 * 0.8) ** 0.5
    assert abs(failed - calls * 0.2) <= bound, f"{failed} of {calls} calls failed"


ERRORS = ["--behavior", "20:error", "--seed", "11"]
