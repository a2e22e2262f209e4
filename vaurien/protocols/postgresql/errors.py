"""The errors of a PostgreSQL server, in its words.

Sources: the manual, appendix "PostgreSQL Error Codes", and section "Error and Notice Message Fields"; the texts are
those that the server itself has for these states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Failure(NamedTuple):
    """An error. `fatal`: the server closes then. `detail` and `hint` may be empty. `startup`: it may greet a client."""

    text: str
    fatal: bool = False
    startup: bool = False
    detail: str = ""
    hint: str = ""


FAILURES: Mapping[str, Failure] = {
    "40001": Failure("could not serialize access due to concurrent update"),
    "40P01": Failure("deadlock detected", hint="See server log for query details."),
    "57P01": Failure("terminating connection due to administrator command", True, True),
    "53300": Failure("sorry, too many clients already", True, True),
    "57014": Failure("canceling statement due to statement timeout"),
    "55P03": Failure("canceling statement due to lock timeout"),
    "08006": Failure("connection to client lost", True, True),
    "57P03": Failure("the database system is starting up", True, True),
    "25006": Failure("cannot execute {command} in a read-only transaction"),
    "25P03": Failure("terminating connection due to idle-in-transaction timeout", True),
    "53100": Failure(
        'could not extend file "base/16384/16397": No space left on device', hint="Check free disk space."
    ),
    "53200": Failure("out of memory", detail='Failed on request of size 1048576 in memory context "ExecutorState".'),
    "28P01": Failure('password authentication failed for user "{user}"', True, True),
    "3D000": Failure('database "{database}" does not exist', True, True),
}
FULL = "53300"
"""What a client that comes is told where the choice makes no sense for one."""


def error_response(choice: str, failure: Failure, words: Mapping[str, str]) -> bytes:
    """The message, with `words` in its text. Its severity is FATAL if the server closes then."""
    severity = "FATAL" if failure.fatal else "ERROR"
    text = failure.text
    for key in ("command", "user", "database"):
        text = text.replace(f"{{{key}}}", words.get(key, ""))
    fields = [("S", severity), ("V", severity), ("C", choice), ("M", text), ("D", failure.detail), ("H", failure.hint)]
    body = b"".join(f"{kind}{value}\0".encode() for kind, value in fields if value) + b"\0"
    return b"E" + (len(body) + 4).to_bytes(4, "big") + body


def ready(status: str) -> bytes:
    """ReadyForQuery."""
    return b"Z\0\0\0\x05" + status.encode()
