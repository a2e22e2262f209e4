"""What a client of PostgreSQL sends, cut into requests.

Source: the manual, chapter "Frontend/Backend Protocol", sections "Message Flow" and "Message Formats".
"""

from __future__ import annotations

import struct

from vaurien.protocols.base import Conversation, Message, Part
from vaurien.protocols.postgresql.naming import MORE, Names
from vaurien.protocols.sql import Statement

LONGEST_STARTUP = 10_000
"""Bytes; the server's own limit."""
SSL, GSS, CANCEL = 80877103, 80877104, 80877102
ASKING = {SSL: "SSLRequest", GSS: "GSSENCRequest"}

QUERY, CALL, SYNC, FLUSH, TERMINATE, PASSWORD, PARSE = b"QFSHXpP"
EXTENDED = frozenset(b"PBDECH")
COPY = frozenset(b"dcf")
COPY_END = frozenset(b"cf")

head = struct.Struct(">BI").unpack_from
untyped = struct.Struct(">II").unpack_from


class Extended(Message):
    """All messages up to a Sync: one request. It is `open` while that has not come."""

    __slots__ = ("flushed", "open")

    def __init__(self, statement: Statement) -> None:
        super().__init__(True, statement.name, statement.command, statement.fields)
        self.open = True
        self.flushed = False


class Asking(Conversation):
    """The requests of one session. It keeps 10 000 bytes of them at most."""

    def __init__(self, joined: bool) -> None:
        super().__init__()
        self._starting = not joined
        self._names = Names()
        self._owner: Message | None = None  # of the bytes that come
        self._left = 0  # bytes of the present message
        self._kind = 0
        self._group: Extended | None = None
        self.copying: Message | None = None
        """The request to which the backend has said that it waits for the client's data."""
        self._stray_sync = False

    def cut_requests(self, data: bytes) -> list[Part]:
        parts: list[Part] = []
        pos, size = 0, len(data)
        while self._starting and pos < size:
            end = self._startup(data, pos, parts)
            if end is None:
                self.keep(True, data[pos:])
                return parts
            pos = end
        return self._session(data, pos, parts)

    def _startup(self, data: bytes, pos: int, parts: list[Part]) -> int | None:
        """The end of the untyped message at `pos`; None if it is not whole."""
        if data[pos] == 0x16:
            raise ValueError("TLS")
        if len(data) - pos < 8:
            return None
        size, code = untyped(data, pos)
        if not 8 <= size <= LONGEST_STARTUP or not (code in ASKING or code == CANCEL or code >> 16 == 3):
            raise ValueError("no PostgreSQL")
        if len(data) - pos < size:
            return None
        body = data[pos : pos + size]
        if code in ASKING:
            message = self.asked(Message(True, ASKING[code], ASKING[code].upper(), answerable=False))
        elif code == CANCEL:
            message = Message(True, "CancelRequest", "CANCEL", answerable=False)
        else:
            message = self.asked(startup(body[8:]))
            self._starting = False
        parts.append(Part(body, message))
        return pos + len(body)

    def _session(self, data: bytes, pos: int, parts: list[Part]) -> list[Part]:
        size, start = len(data), pos
        while pos < size:
            if not self._left:
                before = self._owner
                if not self._begun(data, pos):
                    self.keep(True, data[pos:])
                    break
                if before is not self._owner and start < pos:
                    parts.append(Part(data[start:pos], before, before is None))
                    start = pos
            step = min(self._left, size - pos)
            self._left -= step
            pos += step
            if not self._left and self._ended(data[start:pos], parts):
                start = pos
        if start < pos:
            parts.append(Part(data[start:pos], self._owner, self._owner is None))
        return parts

    def _begun(self, data: bytes, pos: int) -> bool:
        """A message begins at `pos`: whose is it? False if more bytes are needed to tell."""
        if len(data) - pos < 5:
            return False
        kind, size = head(data, pos)
        if size < 4:
            raise ValueError("no PostgreSQL")
        if self._group is None and kind == FLUSH:
            self._owner = None  # there is nothing to flush
        elif self._group is not None and kind in (QUERY, CALL):
            self._owner = self._group  # no Sync before it: what the backend says behind it ends both
        elif kind in EXTENDED or kind == SYNC:
            if not self._extended(kind, data, pos):
                return False
        elif kind in (QUERY, CALL):
            named = self._names.query(data, pos, size) if kind == QUERY else self._names.call(data, pos)
            if named is MORE:
                return False
            self._owner = self.asked(Message(True, named.name, named.command, named.fields))
        elif kind == TERMINATE:
            self._owner = Message(True, "Terminate", "TERMINATE", answerable=False)
        elif kind in COPY or kind == PASSWORD:
            self._owner = None
        else:
            raise ValueError("no PostgreSQL")
        self._kind, self._left = kind, size + 1
        return True

    def _extended(self, kind: int, data: bytes, pos: int) -> bool:
        if kind == SYNC and self._stray_sync:
            self._stray_sync, self._owner = False, None
            return True
        if self._group is None:
            named = self._names.group(data, pos)
            if named is MORE:
                return False
            self._group = Extended(named)
            self.asked(self._group)
        elif kind == PARSE:
            self._names.parsed(data, pos)
        self._owner = self._group
        return True

    def _ended(self, data: bytes, parts: list[Part]) -> bool:
        """The present message is whole, and is the last one in `data`; whether that was given out."""
        kind, group = self._kind, self._group
        if kind in EXTENDED:
            if kind != FLUSH or group is None:
                return False
            group.flushed = True
            parts.append(Part(data, group, False, True))
            return True
        if kind in COPY_END and self.copying is not None:
            # The Sync before the data was not heeded; the one behind it is no request of its own.
            self._stray_sync = isinstance(self.copying, Extended) and not self.copying.open
            self.copying = None
        if self._owner is None:
            return False
        if self._owner is group and group is not None:
            group.open, self._group = False, None
        parts.append(Part(data, self._owner))
        self._owner = None
        return True


def startup(body: bytes) -> Message:
    """The request with which a session begins: everything until the backend is ready is its reply."""
    words = [word.decode("utf-8", "backslashreplace") for word in body.split(b"\0")]
    settings = dict(zip(words[::2], words[1::2], strict=False))
    user = settings.get("user", "")
    fields = {"user": user, "database": settings.get("database", user), "command": "STARTUP"}
    name = f"startup {user}@{fields['database']}"
    return Message(True, name if name.isprintable() else "startup", "STARTUP", fields)
