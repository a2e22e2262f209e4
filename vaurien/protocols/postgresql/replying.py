"""What a PostgreSQL server sends, cut into replies.

Source: the manual, chapter "Frontend/Backend Protocol", sections "Message Flow" (``COPY`` operations, asynchronous
operations, pipelining) and "Message Formats".

A reply is all that comes up to ReadyForQuery. What else the client sends meanwhile (passwords, the data of ``COPY``)
belongs to no message.
"""

from __future__ import annotations

import re
import struct

from vaurien.protocols.base import Message, Part
from vaurien.protocols.postgresql.asking import Asking, Extended

LONGEST_ERROR = 4096
"""Bytes of an error that are kept until its SQLSTATE is there."""
READY, ERROR, AUTHENTICATION, COPY_IN, COPY_BOTH, NOTIFICATION = b"ZERGWA"
PUSHED = {NOTIFICATION: "NotificationResponse", ord("N"): "NoticeResponse", ord("S"): "ParameterStatus"}
WITHIN = frozenset(b"DTC12ntdcHs3")  # inside a reply they change nothing
TLS = {"SSLREQUEST": "TLS", "GSSENCREQUEST": "GSSAPI encryption"}
NOT_WAITING = (0, 12)  # AuthenticationOk, AuthenticationSASLFinal: the client says nothing to them

FATAL = re.compile(rb"\0V(FATAL|PANIC)\0")
SQLSTATE = re.compile(rb"\0C([0-9A-Z]{5})\0")
head = struct.Struct(">BI").unpack_from


class StandIn(Message):
    """What the backend is sent in the place of a request that was refused. Nobody hears its reply."""

    __slots__ = ()


class Replying(Asking):
    """The replies of one session. It keeps 4 KiB of them at most.

    `status` is the transaction's, as the client knows it: ``I`` outside one, ``T`` in one, ``E`` in a failed one.
    """

    def __init__(self, joined: bool = False) -> None:
        super().__init__(joined)
        self.status = "I"
        self._reply: Message | None = None
        self._coming = 0  # bytes of the backend's present message
        self._sent = 0  # its kind
        self._last = False  # whether it ends the reply
        self._turn = False  # whether the client is to go on behind it: with a password, or with data
        self._both = False

    def cut_replies(self, data: bytes) -> list[Part]:
        parts: list[Part] = []
        pos, start, size = 0, 0, len(data)
        while pos < size:
            if not self._coming:
                request = self._expected[0] if self._expected else None
                if request is not None and request.command in TLS and self._reply is None:
                    pos = start = self._encryption(request, data, pos, parts)
                    if self.plain:
                        break
                    continue
                if not self._told(data, pos, request):
                    self.keep(False, data[pos:])
                    break
            step = self._coming
            if step > size - pos:
                step = size - pos
            self._coming -= step
            pos += step
            if not self._coming and (self._last or self._turn):
                self._give(parts, data if start == 0 and pos == size else data[start:pos], True)
                start = pos
        if self.plain and pos < size:
            parts.append(Part(data[pos:]))
        elif start < pos:
            self._give(parts, data[start:pos], False)
        return parts

    def _encryption(self, request: Message, data: bytes, pos: int, parts: list[Part]) -> int:
        """The one byte in which the backend says whether the session goes on encrypted."""
        answer = data[pos : pos + 1]
        if answer not in (b"S", b"G", b"N"):
            raise ValueError("no PostgreSQL")
        parts.append(Part(answer, Message(False, request.name, request.command, request.fields, request)))
        self.replied()
        if answer != b"N":
            self.plain = TLS[request.command]
        return pos + 1

    def _told(self, data: bytes, pos: int, request: Message | None) -> bool:
        """A message of the backend's begins at `pos`. False if more bytes are needed to tell what it is."""
        if len(data) - pos < 5:
            return False
        kind, size = head(data, pos)
        if size < 4:
            raise ValueError("no PostgreSQL")
        if kind in WITHIN and self._reply is not None:
            self._sent, self._coming, self._last, self._turn = kind, size + 1, self._reply.request is None, False
            return True
        whole = len(data) - pos > size
        if kind == READY:
            if size != 5:
                raise ValueError("no PostgreSQL")
            if not whole:
                return False
            self.status = chr(data[pos + 5])
        elif (kind in (ERROR, AUTHENTICATION)) and not whole and len(data) - pos < LONGEST_ERROR:
            return False
        self._turn = kind in (COPY_IN, COPY_BOTH)
        if kind == AUTHENTICATION:
            self._turn = int.from_bytes(data[pos + 5 : pos + 9], "big") not in NOT_WAITING
        error = data[pos + 4 : pos + size + 1] if kind == ERROR else b""
        self._sent, self._coming = kind, size + 1
        if self._reply is None:
            self._reply = self._begins(kind, error, request)
        alone = self._reply.request is None
        self._last = alone or kind == READY or bool(error and (FATAL.search(error) or self._reply.command == "STARTUP"))
        return True

    def _begins(self, kind: int, error: bytes, request: Message | None) -> Message:
        if request is None or kind == NOTIFICATION:
            name = PUSHED.get(kind, "ErrorResponse" if kind == ERROR else "unasked")
            return Message(False, name, name.upper(), {"command": name.upper(), **sqlstate(error)})
        if not error:
            return Message(False, request.name, request.command, request.fields, request)
        fields = {**request.fields, **sqlstate(error)}
        name = f"{request.name[:190]} {fields.get('sqlstate', '')}"
        return Message(False, name, request.command, fields, request)

    def _give(self, parts: list[Part], data: bytes, complete: bool) -> None:
        """Give out what has come of the reply; `complete` if it ends here, or the client's turn has come."""
        reply = self._reply
        assert reply is not None
        request, last = reply.request, complete and self._last
        if complete and (self._sent == COPY_IN or self._sent == COPY_BOTH):
            self.copying, self._both = request, self._sent == COPY_BOTH
        now = not last and (complete or self._both or (isinstance(request, Extended) and request.open))
        if not isinstance(request, StandIn):
            parts.append(Part(data, reply, last, now))
        if last:
            if request is not None:
                self.replied()
                if self._sent == READY:
                    self.copying, self._both = None, False
            self._reply = None


def sqlstate(error: bytes) -> dict[str, str]:
    """The field with the SQLSTATE of an ErrorResponse, if that is in there."""
    found = SQLSTATE.search(error)
    return {"sqlstate": found[1].decode()} if found else {}
