"""Where a reply of MySQL ends: what is to come, packet by packet.

Source: the MySQL internals manual, "COM_QUERY Response", "COM_STMT_PREPARE Response", "Binary Protocol Resultset",
"Protocol::LOCAL INFILE Request", and "Authentication Method Switch"; MariaDB's "Result Set Packets" (columns that it
does not send again) and "ERR_Packet" (reports of progress).
"""

from __future__ import annotations

from vaurien.protocols.mysql.commands import (
    BULK,
    CHANGE_USER,
    EXECUTE,
    FETCH,
    FIELD_LIST,
    PREPARE,
    QUERY,
    SET_OPTION,
    STATISTICS,
)
from vaurien.protocols.mysql.login import CACHE_METADATA, DEPRECATE_EOF
from vaurien.protocols.mysql.packets import CURSOR, LARGEST, MORE_RESULTS, error_of, number, status_of_eof, status_of_ok

LOGIN = -1
"""The code of what is no command."""
OK, MORE_AUTH, INFILE, EOF, ERR = 0x00, 0x01, 0xFB, 0xFE, 0xFF
PROGRESS = 0xFFFF
ONE_PACKET = frozenset((STATISTICS, SET_OPTION))
LISTED = frozenset((FIELD_LIST, FETCH))
WITH_RESULTS = frozenset((QUERY, EXECUTE, BULK, 0x0A))


class Reply:
    """One reply to a command of this `code`. After each packet `done` says whether that was its end, and `turn` whether
    the client is to send something now: more of its login, or a file (`infile`). `statement` is the number that a
    prepared statement has got."""

    __slots__ = ("capabilities", "code", "columns", "done", "infile", "phase", "statement", "turn")

    def __init__(self, code: int, capabilities: int) -> None:
        self.code = code
        self.capabilities = capabilities
        self.columns: list[int] = []  # of each list of definitions to come, its length
        self.phase = "rows" if code in LISTED else "first"
        self.done = self.turn = self.infile = False
        self.statement: int | None = None

    def packet(self, size: int, first: bytes) -> None:
        """A packet of `size` bytes that begins with `first`."""
        self.turn = self.infile = False
        kind = first[0] if first else OK
        if kind == ERR and (self.phase != "columns"):
            self.done = error_of(first)[0] != PROGRESS
        elif self.code in ONE_PACKET:
            self.done = True
        elif self.code == LOGIN or self.code == CHANGE_USER:
            self._login(kind, first)
        elif self.phase == "first":
            self._first(kind, first)
        elif self.phase == "columns":
            self._column(first)
        elif kind == EOF and size < (LARGEST if self.capabilities & DEPRECATE_EOF else 9):
            self._ends(status_of_ok(first) if self.capabilities & DEPRECATE_EOF and size > 5 else status_of_eof(first))

    def _login(self, kind: int, first: bytes) -> None:
        self.done = kind == OK
        # 0x03 behind it: the server knows the password already, and goes on by itself.
        self.turn = not self.done and first[:2] != b"\x01\x03"

    def _first(self, kind: int, first: bytes) -> None:
        if kind == OK and self.code == PREPARE:
            self.statement = int.from_bytes(first[1:5], "little")
            columns, parameters = int.from_bytes(first[5:7], "little"), int.from_bytes(first[7:9], "little")
            self._defined([count for count in (parameters, columns) if count])
        elif kind == OK:
            self._ends(status_of_ok(first))
        elif kind == INFILE and self.code == QUERY:
            self.turn = self.infile = True
        elif kind == EOF or self.code not in WITH_RESULTS:
            self.done = True
        else:
            count, end = number(first, 0)
            again = self.capabilities & CACHE_METADATA and first[end : end + 1] == b"\0"
            self._defined([0 if again else count])

    def _defined(self, columns: list[int]) -> None:
        """So many definitions of columns are to come. Behind each list is an EOF, if there still are such."""
        if not self.capabilities & DEPRECATE_EOF:
            columns = [count + 1 for count in columns]
        self.columns = columns
        self.phase = "columns"
        self._next_list()

    def _next_list(self) -> None:
        while self.columns and not self.columns[0]:
            self.columns.pop(0)
        if not self.columns:
            self.phase = "rows"
            self.done = self.code == PREPARE

    def _column(self, first: bytes) -> None:
        self.columns[0] -= 1
        cursor = not self.columns[0] and first[:1] == b"\xfe" and status_of_eof(first) & CURSOR
        self._next_list()
        if cursor and self.phase == "rows" and not self.capabilities & DEPRECATE_EOF:
            self.done = True  # the rows are to be fetched

    def _ends(self, status: int) -> None:
        """A result ends; another one may follow."""
        self.phase = "first"
        self.done = not status & MORE_RESULTS or self.code == FETCH
