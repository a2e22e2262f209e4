"""The errors of a MySQL server, in its words.

Source: the MySQL error message reference ("Server Error Message Reference") and MariaDB's list of error codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vaurien.protocols.mysql.packets import packet


class Failure(NamedTuple):
    """An error. `fatal`: the server closes then. `login`: it may greet a client."""

    sqlstate: str
    text: str
    fatal: bool = False
    login: bool = False


FAILURES: Mapping[str, Failure] = {
    "1213": Failure("40001", "Deadlock found when trying to get lock; try restarting transaction"),
    "1205": Failure("HY000", "Lock wait timeout exceeded; try restarting transaction"),
    "1040": Failure("08004", "Too many connections", True, True),
    "1290": Failure(
        "HY000", "The MySQL server is running with the --read-only option so it cannot execute this statement"
    ),
    "1053": Failure("08S01", "Server shutdown in progress", True, True),
    "1317": Failure("70100", "Query execution was interrupted"),
    "3024": Failure("HY000", "Query execution was interrupted, maximum statement execution time exceeded"),
    "1969": Failure("70100", "Query execution was interrupted (max_statement_time exceeded)"),
    "1021": Failure("HY000", "Disk full (/tmp); waiting for someone to free some space..."),
    "1047": Failure("08S01", "WSREP has not yet prepared node for application use"),
    "1836": Failure("HY000", "Running in read-only mode"),
    "1927": Failure("70100", "Connection was killed", True),
    "1045": Failure("28000", "Access denied for user '{user}'@'localhost' (using password: YES)", True, True),
    "1203": Failure("42000", "User {user} already has more than 'max_user_connections' active connections", True, True),
    # The client's own error, when the connection ends in the midst of a query.
    "2013": Failure("", "", True, True),
}
FULL = "1040"
"""What a client that comes is told where the choice makes no sense for one."""


def error_packet(choice: str, failure: Failure, user: str, sequence: int) -> bytes:
    """The ERR packet; nothing for an error that is not the server's."""
    if not failure.sqlstate:
        return b""
    text = failure.text.replace("{user}", user)
    return packet(sequence, b"\xff" + int(choice).to_bytes(2, "little") + f"#{failure.sqlstate}{text}".encode())
