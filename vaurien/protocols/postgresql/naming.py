"""What requests of PostgreSQL are called: by their SQL, also where a client sends only the name of a statement.

Source: the manual, chapter "Frontend/Backend Protocol", section "Message Formats".
"""

from __future__ import annotations

import struct

from vaurien.protocols.sql import LONGEST_QUERY, MOST_KNOWN, Statement, Statements

LONGEST_HEAD = 8192
"""Bytes that are kept at most until a request's name is known."""
LONGEST_STATEMENT_NAME = 256

MORE = Statement("", "", "")
"""More bytes are needed to tell."""
WORDS = {ord("D"): "Describe", ord("C"): "Close", ord("E"): "Execute", ord("H"): "Flush", ord("S"): "Sync"}
PARSE, BIND, SYNC, FLUSH = b"PBSH"

head = struct.Struct(">BI").unpack_from


class Names:
    """The statements of one session, by the names under which they were prepared."""

    def __init__(self) -> None:
        self._statements = Statements()
        self._prepared: dict[bytes, Statement] = {}

    def query(self, data: bytes, pos: int, size: int) -> Statement:
        """Of the simple query at `pos`."""
        if len(data) - pos < min(size + 1, LONGEST_QUERY):
            return MORE
        return self._statements.named(data[pos + 5 : pos + min(size, LONGEST_QUERY)])

    def call(self, data: bytes, pos: int) -> Statement:
        """Of the function call at `pos`."""
        if len(data) - pos < 9:
            return MORE
        return Statement(f"function call {int.from_bytes(data[pos + 5 : pos + 9], 'big')}", "FUNCTIONCALL", "")

    def group(self, data: bytes, pos: int) -> Statement:
        """Of the messages up to a Sync of which the first is at `pos`: that of the first statement in them."""
        first, place, size = data[pos], pos, len(data)
        while size - place >= 5:
            kind, length = head(data, place)
            if kind == PARSE:
                named = self.parsed(data, place)
                if named is not MORE:
                    named = _used(named, data, place + length + 1, size - pos < LONGEST_HEAD)
                return self._or_more(named, size - pos)
            if kind == BIND:
                return self._or_more(self._bound(data, place), size - pos)
            if kind in (SYNC, FLUSH) or kind not in WORDS or length < 4:
                return self._otherwise(first, data, pos)
            place += length + 1
        return self._or_more(MORE, size - pos)

    def parsed(self, data: bytes, pos: int) -> Statement:
        """Of the Parse at `pos`; it is remembered under the name that it gives."""
        length = head(data, pos)[1]
        if len(data) - pos < min(length + 1, LONGEST_QUERY + LONGEST_STATEMENT_NAME):
            return MORE
        end = data.find(b"\0", pos + 5, pos + length + 1)
        close = data.find(b"\0", end + 1, min(pos + length + 1, end + 1 + LONGEST_QUERY))
        if end < 0:
            return Statement("Parse", "PARSE", "")
        named = self._statements.named(data[end + 1 : close if close >= 0 else end + 1 + LONGEST_QUERY])
        name = data[pos + 5 : end]
        if len(name) <= LONGEST_STATEMENT_NAME:
            if len(self._prepared) >= MOST_KNOWN and name not in self._prepared:
                self._prepared.pop(next(iter(self._prepared)))
            self._prepared[name] = named
        return named

    def _bound(self, data: bytes, pos: int) -> Statement:
        portal = data.find(b"\0", pos + 5)
        end = data.find(b"\0", portal + 1) if portal >= 0 else -1
        if end < 0:
            return MORE
        name = data[portal + 1 : end]
        return self._prepared.get(name) or Statement(_printable(b"Bind " + name), "BIND", "")

    def _or_more(self, statement: Statement, size: int) -> Statement:
        """More is waited for only while there is little."""
        return Statement("extended query", "", "") if statement is MORE and size >= LONGEST_HEAD else statement

    def _otherwise(self, first: int, data: bytes, pos: int) -> Statement:
        """Of messages without a statement: the first one's word, and which statement or portal it is about."""
        word = WORDS.get(first, "Sync")
        name = data[pos + 5 : data.find(b"\0", pos + 5, pos + 300)] if word in ("Describe", "Close", "Execute") else b""
        if first in b"DC" and name[:1] == b"S" and name[1:] in self._prepared:
            name = self._prepared[name[1:]].name.encode()
        elif first in b"DC":
            name = name[1:]
        return Statement(_printable(f"{word} ".encode() + name), word.upper(), "")


def _used(parsed: Statement, data: bytes, pos: int, may_wait: bool) -> Statement:
    """Of a group with this statement and what follows at `pos`: if only a Sync does, nothing is run, so that it is
    no INSERT yet."""
    while len(data) - pos >= 5:
        kind, length = head(data, pos)
        if kind == SYNC:
            return parsed.about("Parse")
        if kind not in b"DC" or length < 4:
            return parsed
        pos += length + 1
    return MORE if may_wait else parsed


def _printable(text: bytes) -> str:
    name = text[:LONGEST_STATEMENT_NAME].decode("utf-8", "backslashreplace").rstrip()
    return name if name.isprintable() else name.encode("unicode_escape").decode("ascii")
