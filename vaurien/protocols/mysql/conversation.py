"""A session of MySQL, cut into requests and replies.

Source: the MySQL internals manual, "Client/Server Protocol". The server speaks first; until it has accepted the client
all belongs to the login.
"""

from __future__ import annotations

from vaurien.protocols.base import Answer, Conversation, Message, Part
from vaurien.protocols.mysql.commands import CHANGE_USER, QUERY, SILENT, Command, Names
from vaurien.protocols.mysql.login import ATTRIBUTES, offered, taken
from vaurien.protocols.mysql.packets import PEEKED, Packets, error_of, packet
from vaurien.protocols.mysql.replies import ERR, LOGIN, Reply
from vaurien.protocols.sql import LONGEST_QUERY, Statement

LONGEST_GREETING = 1024
DEADLOCK = 1213
ROLLBACK = packet(0, b"\x03ROLLBACK")


class StandIn(Command):
    """What the backend is sent in the place of a request that was refused. Nobody hears its reply."""

    __slots__ = ()


class MySQLConversation(Conversation):
    """One session. It keeps 4 KiB at most of a request, and 1 KiB of a reply."""

    def __init__(self, joined: bool = False) -> None:
        super().__init__()
        if joined:
            self.plain = "what client and server had agreed on is not known"
        self._names = Names()
        self._capabilities = 0
        self._greeted = False
        self._logged_in = False
        self._login: Message | None = None  # while the client is being let in
        self._infile = False  # the client sends a file
        self._asking = Packets()
        self._request: Command | None = None
        self._answering = Packets()
        self._message: Message | None = None
        self._reply = Reply(LOGIN, 0)

    def cut_requests(self, data: bytes) -> list[Part]:
        parts: list[Part] = []
        pos, start, size, packets = 0, 0, len(data), self._asking
        while pos < size and not self.plain:
            if not packets.left:
                again = packets.continued
                first = packets.begins(data, pos, LONGEST_QUERY)
                if first is None:
                    self.keep(True, data[pos:])
                    break
                if not again:
                    self._begun(first)
                elif self._request is not None:
                    self._request.packets += 1
            step = min(packets.left, size - pos)
            packets.left -= step
            pos += step
            if not packets.left and not packets.continued and self._request is not None:
                self._request.open = False
                parts.append(Part(data if step == size else data[start:pos], self._request))
                self._request, start = None, pos
            elif self._request is None:
                parts.append(Part(data[start:pos]))
                start = pos
        if start < pos:
            parts.append(Part(data[start:pos], self._request, False))
        if self.plain and pos < size:
            parts.append(Part(data[pos:]))
        return parts

    def _begun(self, first: bytes) -> None:
        """A packet of the client's begins that continues no other one."""
        if self._infile:
            self._infile = bool(first)
        elif not self._logged_in:
            login = taken(first, self._capabilities)
            if login.plain:
                self.plain = login.plain
                return
            self._capabilities, self._logged_in = login.capabilities, True
            self._names.attributes = bool(login.capabilities & ATTRIBUTES)
            named = Statement(f"login {login.user}".rstrip(), "LOGIN", "")
            self._request = Command(LOGIN, named)
            self._request.fields = {"user": login.user, "command": "LOGIN"}
            self._request.packets = self._asking.sequence + 1
            self._login = self.asked(self._request)
        elif self._login is None:
            if not first or self._asking.sequence:
                raise ValueError("no MySQL")
            self._request = self._names.command(first)
            if self._request.code not in SILENT:
                self.asked(self._request)
            if self._request.code == CHANGE_USER:
                self._login = self._request

    def cut_replies(self, data: bytes) -> list[Part]:
        parts: list[Part] = []
        pos, start, size, packets = 0, 0, len(data), self._answering
        while pos < size:
            if not packets.left:
                if self._reply.phase == "rows" and self._message is not None and packets.row(data, pos):
                    continue
                again = packets.continued
                first = packets.begins(data, pos, PEEKED if self._greeted else LONGEST_GREETING)
                if first is None:
                    self.keep(False, data[pos:])
                    break
                if not again:
                    self._told(first)
            step = packets.left
            if step > size - pos:
                step = size - pos
            packets.left -= step
            pos += step
            if not packets.left and not packets.continued and (self._reply.done or self._reply.turn):
                self._give(parts, data if start == 0 and pos == size else data[start:pos], self._reply.done)
                start = pos
        if start < pos:
            self._give(parts, data[start:pos], None)
        return parts

    def _told(self, first: bytes) -> None:
        """A packet of the backend's begins that continues no other one."""
        request = self._expected[0] if self._expected else None
        if not self._greeted or request is None:
            self._message = self._unasked(first)
            return
        assert isinstance(request, Command)
        if self._message is None:
            self._reply = Reply(request.code, self._capabilities)
            name, fields = request.name, request.fields
            if first[:1] == b"\xff":
                code, state = error_of(first)
                name, fields = f"{name[:180]} {code}", {**fields, "error": str(code), "sqlstate": state}
            self._message = Message(False, name, request.command, fields, request)
        self._reply.packet(self._answering.size, first)
        if self._reply.statement is not None:
            self._names.prepared(self._reply.statement, request)
            self._reply.statement = None

    def _unasked(self, first: bytes) -> Message:
        """The greeting, or an error with which the server ends the session."""
        self._reply = Reply(LOGIN, 0)
        self._reply.done = True
        name = "error" if first[:1] == bytes((ERR,)) else "unasked"
        if not self._greeted and name != "error":
            self._capabilities, name = offered(first), "greeting"
        self._greeted = True
        return Message(False, name, name.upper(), {"command": name.upper()})

    def _give(self, parts: list[Part], data: bytes, done: bool | None) -> None:
        """Give out what has come of the reply: its end, all up to the client's turn, or (None) a piece."""
        message = self._message
        assert message is not None
        request = message.request
        if not isinstance(request, StandIn):
            parts.append(Part(data, message, bool(done), done is False))
        if done is False and self._reply.infile:
            self._infile = True
        if done:
            self._message = None
            if request is not None:
                self.replied()
                if request is self._login:
                    self._login = None

    # what was refused

    def refuse(self, request: Message, answer: Answer) -> None:
        super().refuse(request, answer)
        if request is self._login and not answer.closes:
            self._login = None

    def in_place_of(self, request: Message) -> bytes:
        """A deadlock ends the transaction in the backend too. After all other errors it goes on, as it does in life."""
        answer = request.answer or b""
        if request.closes or answer[4:5] != b"\xff" or error_of(answer[4:])[0] != DEADLOCK:
            return b""
        stand_in = StandIn(QUERY, Statement("in place of " + request.name, "ROLLBACK", ""))
        self.stands_in(stand_in)
        return ROLLBACK

    def due(self) -> Message | None:
        """As always; but a request of several packets is answered behind the last one, and with the number behind its
        own."""
        request = self.waiting[0] if self.waiting else None
        if isinstance(request, Command) and request.answer and not request.closes:
            if request.open:
                return None
            request.answer = request.answer[:3] + bytes((request.packets & 255,)) + request.answer[4:]
        return super().due()
