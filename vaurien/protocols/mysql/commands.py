"""The commands of MySQL's protocol, and what they are called.

Source: the MySQL internals manual, "Client/Server Protocol", "Command Phase"; MariaDB's "Clients & Utilities", "Client/
Server Protocol".
"""

from __future__ import annotations

from collections.abc import Mapping

from vaurien.protocols.base import Message
from vaurien.protocols.sql import LONGEST_QUERY, MOST_KNOWN, Statement, Statements

QUIT, INIT_DB, QUERY, FIELD_LIST, STATISTICS, CHANGE_USER = 0x01, 0x02, 0x03, 0x04, 0x09, 0x11
PREPARE, EXECUTE, LONG_DATA, CLOSE, RESET, SET_OPTION, FETCH, BULK = 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0xFA

COMMANDS: Mapping[int, str] = {
    QUIT: "QUIT",
    INIT_DB: "INIT_DB",
    QUERY: "QUERY",
    FIELD_LIST: "FIELD_LIST",
    0x05: "CREATE_DB",
    0x06: "DROP_DB",
    0x07: "REFRESH",
    0x08: "SHUTDOWN",
    STATISTICS: "STATISTICS",
    0x0A: "PROCESS_INFO",
    0x0C: "PROCESS_KILL",
    0x0D: "DEBUG",
    0x0E: "PING",
    CHANGE_USER: "CHANGE_USER",
    0x15: "REGISTER_SLAVE",
    PREPARE: "STMT_PREPARE",
    EXECUTE: "STMT_EXECUTE",
    LONG_DATA: "STMT_SEND_LONG_DATA",
    CLOSE: "STMT_CLOSE",
    RESET: "STMT_RESET",
    SET_OPTION: "SET_OPTION",
    FETCH: "STMT_FETCH",
    0x1F: "RESET_CONNECTION",
    BULK: "STMT_BULK_EXECUTE",
}
PLAIN: Mapping[int, str] = {0x12: "replication", 0x13: "replication", 0x1E: "replication", 0x20: "a clone"}
SILENT = frozenset((QUIT, LONG_DATA, CLOSE))
"""Those to which the server says nothing."""
OF_STATEMENT = frozenset((EXECUTE, LONG_DATA, CLOSE, RESET, FETCH, BULK))
LAST_PREPARED = 0xFFFFFFFF
"""MariaDB: the statement that was prepared last."""


class Command(Message):
    """A request. `code` is its first byte; it has so many `packets`, and is `open` while more of it is to come. The
    `statement` is the one that it prepares, or its own name."""

    __slots__ = ("code", "open", "packets", "statement")

    def __init__(self, code: int, statement: Statement, answerable: bool = True) -> None:
        named = statement.about(COMMANDS[PREPARE]) if code == PREPARE else statement
        super().__init__(True, named.name, named.command, named.fields, None, True, answerable)
        self.code = code
        self.statement = statement
        self.packets = 1
        self.open = True


class Names:
    """What the commands of one session are called. Statements are remembered by the numbers that the server gave."""

    def __init__(self) -> None:
        self.attributes = False
        """Whether queries come with attributes before them (CLIENT_QUERY_ATTRIBUTES)."""
        self._statements = Statements()
        self._prepared: dict[int, Statement] = {}

    def prepared(self, number: int, request: Command) -> None:
        """The server has given the statement of this request a number."""
        named = request.statement
        self._prepared.pop(LAST_PREPARED, None)
        if len(self._prepared) >= MOST_KNOWN:
            self._prepared.pop(next(iter(self._prepared)))
        self._prepared[number] = self._prepared[LAST_PREPARED] = named

    def command(self, payload: bytes) -> Command:
        """The command that begins with these bytes. Raises `ValueError` for one that is not followed."""
        code = payload[0]
        word = PLAIN.get(code) or COMMANDS.get(code)
        if word is None or code in PLAIN:
            raise ValueError(word or "an unknown command")
        if code in (QUERY, PREPARE):
            return Command(code, self._statement(code, payload))
        if code in OF_STATEMENT:
            number = int.from_bytes(payload[1:5], "little")
            known = self._prepared.get(number)
            if known is not None and code in (EXECUTE, BULK):
                return Command(code, known)
            named = known.about(word) if known else Statement(f"{word} {number}", word, "")
            return Command(code, named, code not in SILENT)
        rest = payload[1:100].decode("utf-8", "backslashreplace") if code == INIT_DB else ""
        name = f"{word} {rest}".rstrip() if rest.isprintable() else word
        return Command(code, Statement(name, word, ""), code not in SILENT)

    def _statement(self, code: int, payload: bytes) -> Statement:
        text = payload[1:LONGEST_QUERY]
        if self.attributes and code == QUERY:
            if text[:2] != b"\0\1":
                return Statement("query with attributes", "QUERY", "")
            text = text[2:]
        return self._statements.named(text)
