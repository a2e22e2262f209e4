"""memcached's text protocol, with its meta commands, cut into requests and replies."""

from __future__ import annotations

from vaurien.protocols.base import Message, Part
from vaurien.protocols.memcached.commands import GETS, Request, data_length, is_answered
from vaurien.protocols.memcached.replies import ERRORS, META, goes_on, hidden, told_by, value_length
from vaurien.protocols.stepping import Stepping, cut, text

LONGEST_LINE = 8192
"""So many bytes of a line are kept at most. A longer one of many keys streams; any other a server would not take."""
TLS = 0x16
BINARY = (0x80, 0x81)
REST_OF_LINE = -1


class MemcachedConversation(Stepping):
    """One connection."""

    def __init__(self) -> None:
        super().__init__()
        self._request: Message | None = None  # which is still coming
        self._request_left = 0  # bytes of its data, or REST_OF_LINE
        self._reply: Message | None = None
        self._reply_left = 0
        self._listed = False  # more lines follow in the reply
        self._after_quiet = False

    def next_request(self, data: bytes, start: int, parts: list[Part]) -> int:
        if self._request is not None:
            end = self._more(data, start)
            parts.append(Part(cut(data, start, end), self._request, self._request_left == 0))
            if self._request_left == 0:
                self._request = None
            return end
        line_end = data.find(b"\n", start) + 1
        if not line_end:
            self._check_beginning(data, start)
            if len(data) - start <= LONGEST_LINE:
                return start
            return self._long_line(data, start, parts)
        if data[start] < 0x20 or data[start] > 0x7E:
            self._check_beginning(data, start)
        words = data[start:line_end].split()
        if words and words[0] == b"watch":
            raise ValueError("a log is watched")
        request = self._asked(words)
        end = line_end
        length = data_length(words)
        if length is not None:
            end = min(line_end + length, len(data))
            self._request_left = line_end + length - end
            self._request = request if self._request_left else None
        parts.append(Part(cut(data, start, end), request, self._request is None))
        return end

    def _asked(self, words: list[bytes]) -> Request:
        """The request that begins with this line. One right behind quiet ones is for the backend alone to answer: its
        reply says that they have none."""
        answered = is_answered(words)
        request = Request(words, answered and not self._after_quiet)
        if request.quiet:
            request.answerable = False
        if answered:
            self._after_quiet = request.quiet
            self.asked(request)
        return request

    def _more(self, data: bytes, start: int) -> int:
        if self._request_left == REST_OF_LINE:
            line_end = data.find(b"\n", start) + 1
            self._request_left = 0 if line_end else REST_OF_LINE
            return line_end or len(data)
        end = min(start + self._request_left, len(data))
        self._request_left -= end - start
        return end

    def _long_line(self, data: bytes, start: int, parts: list[Part]) -> int:
        words = data[start : start + LONGEST_LINE].split()[:-1]
        if not words or words[0] not in GETS:
            raise ValueError(f"a line of more than {LONGEST_LINE} bytes")
        self._request, self._request_left = self._asked(words), REST_OF_LINE
        parts.append(Part(cut(data, start, len(data)), self._request, False))
        return len(data)

    def _check_beginning(self, data: bytes, start: int) -> None:
        """Raises `ValueError` for what cannot be a command: nobody waits for the end of its line then."""
        first = data[start]
        if first == TLS:
            raise ValueError("TLS")
        if first in BINARY:
            raise ValueError("memcached's binary protocol")
        if not (0x20 <= first <= 0x7E or first in b"\r\n"):
            raise ValueError("no memcached")

    def next_reply(self, data: bytes, start: int, parts: list[Part]) -> int:
        reply, at, size = self._reply, start, len(data)
        while at < size:
            if self._reply_left:
                step = min(self._reply_left, size - at)
                self._reply_left -= step
                at += step
            else:
                line_end = data.find(b"\n", at) + 1
                if not line_end:
                    if size - at > LONGEST_LINE:
                        raise ValueError(f"a reply's line of more than {LONGEST_LINE} bytes")
                    break
                line = data[at:line_end]
                self._reply_left = value_length(line)
                if reply is None:
                    reply = self._begun(line)
                request = reply.request
                self._listed = isinstance(request, Request) and goes_on(line, request.verb)
                at = line_end
            if not self._reply_left and not self._listed:
                break
        return self._passed(data, start, at, reply, parts)

    def _passed(self, data: bytes, start: int, end: int, reply: Message | None, parts: list[Part]) -> int:
        if end == start or reply is None:
            return start
        last = not self._reply_left and not self._listed
        self._reply = None if last else reply
        if last and reply.request is not None:
            self.replied()
        parts.append(Part(cut(data, start, end), reply, last))
        return end

    def _begun(self, line: bytes) -> Message:
        """The reply whose first line this is."""
        words = line.split(None, 2)
        if not words:
            raise ValueError("an empty line where a reply begins")
        first = words[0]
        if first.isdigit():
            name = command = "number"
        else:
            command = text(first[:20])
            name = (
                text(line.strip()) if first in ERRORS else text(b" ".join(words[:2])) if first == b"VALUE" else command
            )
        return Message(False, name, command, None, self._answered(line, first))

    def _answered(self, line: bytes, first: bytes) -> Request | None:
        """The request to which the reply belongs: quiet ones before it that it does not fit have had none."""
        request = self.expected()
        while isinstance(request, Request) and request.quiet and not fits(request, line, first):
            self.replied()
            self.delivered(request)
            request = self.expected()
        return request if isinstance(request, Request) else None


def fits(request: Request, line: bytes, first: bytes) -> bool:
    """Whether this line may be the reply to a quiet request."""
    if first in ERRORS:
        return True
    if first not in META or hidden(first, request.verb):
        return False
    key, opaque = told_by(line)
    if request.opaque or opaque:
        return request.opaque == opaque
    return not key or key == request.key
