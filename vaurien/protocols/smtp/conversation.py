"""SMTP (RFC 5321), cut into commands, messages and replies."""

from __future__ import annotations

from vaurien.protocols.base import Message, Part
from vaurien.protocols.smtp.commands import chunk_length, command, continuation, message
from vaurien.protocols.stepping import Stepping, cut, text

LONGEST_LINE = 16384
"""So many bytes of a line are kept at most: AUTH's may have 12288 (RFC 4954, section 4)."""
TLS = 0x16
END_OF_MESSAGE = b"\r\n.\r\n"
LINES, DIALOGUE, MESSAGE, CHUNK = "lines", "dialogue", "message", "chunk"


class SmtpConversation(Stepping):
    """One connection. The client's next bytes are what the backend's last reply asks for: a command, a line of AUTH's
    dialogue, or a message."""

    def __init__(self, greeted: bool) -> None:
        super().__init__()
        self._greeted = greeted
        self._mode = LINES
        self._request: Message | None = None  # whose message or chunk is still coming
        self._chunk_left = 0
        self._tail = b""  # the end of the message so far: where its last line may have begun
        self._reply: Message | None = None

    def next_request(self, data: bytes, start: int, parts: list[Part]) -> int:
        if self._mode == MESSAGE:
            return self._message(data, start, parts)
        if self._mode == CHUNK:
            end = min(start + self._chunk_left, len(data))
            self._passed(data, start, end, self._chunk_left - (end - start), parts)
            return end
        line_end = data.find(b"\n", start) + 1
        if not line_end:
            if data[start] == TLS:
                raise ValueError("TLS")
            if len(data) - start > LONGEST_LINE:
                raise ValueError(f"a line of more than {LONGEST_LINE} bytes")
            return start
        if self._mode == DIALOGUE:
            self._mode = LINES
            parts.append(Part(cut(data, start, line_end), self.asked(continuation())))
            return line_end
        return self._command(data, start, line_end, parts)

    def _command(self, data: bytes, start: int, line_end: int, parts: list[Part]) -> int:
        if data[start] == TLS:
            raise ValueError("TLS")
        line = data[start:line_end]
        length = chunk_length(line)
        end = min(line_end + length, len(data))
        self._request = self.asked(command(line))
        self._passed(data, start, end, line_end + length - end, parts)
        return end

    def _passed(self, data: bytes, start: int, end: int, left: int, parts: list[Part]) -> None:
        parts.append(Part(cut(data, start, end), self._request, not left))
        self._chunk_left = left
        self._mode = CHUNK if left else LINES
        if not left:
            self._request = None

    def _message(self, data: bytes, start: int, parts: list[Part]) -> int:
        """The message ends with a line that has only a dot; its first line may be that one (RFC 5321, 4.1.1.4)."""
        if self._request is None:
            self._request, self._tail = self.asked(message()), b"\r\n"
        place = (self._tail + data[start : start + 4]).find(END_OF_MESSAGE)
        if place >= 0:
            end = start + place + 5 - len(self._tail)
        else:
            end = data.find(END_OF_MESSAGE, start) + 5
        last = end >= 5 or place >= 0
        if not last:
            end = len(data)
            self._tail = (self._tail + data[max(start, end - 4) :])[-4:]
        parts.append(Part(cut(data, start, end), self._request, last))
        if last:
            self._request, self._mode = None, LINES
        return end

    def next_reply(self, data: bytes, start: int, parts: list[Part]) -> int:
        """Lines with a hyphen after the code, then one without (RFC 5321, 4.2.1)."""
        reply, at, last = self._reply, start, False
        while not last:
            line_end = data.find(b"\n", at) + 1
            if not line_end:
                if len(data) - at > LONGEST_LINE:
                    raise ValueError(f"a reply's line of more than {LONGEST_LINE} bytes")
                break
            line = data[at:line_end]
            if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b"\r", b"\n"):
                raise ValueError("no SMTP: a reply without a code")
            reply = reply if reply is not None else self._begun(line)
            at, last = line_end, line[3:4] != b"-"
        if reply is not None and at > start:
            self._reply = None if last else reply
            parts.append(Part(cut(data, start, at), reply, last))
            if last:
                self._ended(reply)
        return at

    def _begun(self, line: bytes) -> Message:
        """The reply whose first line this is: the first of all is the greeting, which nobody has asked for."""
        code, words = text(line[:3]), line[4:].strip()
        request = self.expected() if self._greeted else None
        return Message(False, f"{code} {text(words)}".rstrip(), code, {"code": code}, request)

    def _ended(self, reply: Message) -> None:
        """What the reply changes: it may ask for a message, for more of a dialogue, or for TLS."""
        greeting, self._greeted = not self._greeted, True
        request = reply.request
        if greeting or request is None:
            return
        self.replied()
        if request is self._request and self._mode == MESSAGE:
            self.plain = "the backend takes a message for ended that is not"
        elif (request.command, reply.command) in (("DATA", "354"), ("AUTH", "334")):
            self._mode = MESSAGE if request.command == "DATA" else DIALOGUE
            if self.expected() is not None:  # what was taken for commands was none
                self.plain = "the client went on before the backend had told it to"
        elif request.command == "STARTTLS" and reply.command == "220":
            self.plain = "TLS begins (STARTTLS)"
