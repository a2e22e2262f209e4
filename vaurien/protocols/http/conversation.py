"""HTTP/1.0 and 1.1 (RFC 9110, RFC 9112), cut into requests and replies."""

from __future__ import annotations

from functools import lru_cache

from vaurien.protocols.base import Message, Part
from vaurien.protocols.http.framing import Framing
from vaurien.protocols.http.heads import HeadFields, RequestFields, header, path_of
from vaurien.protocols.stepping import Stepping, cut, text

LONG = 200
"""A longer first line is not worth remembering."""
TLS = 0x16  # a record of the type handshake (RFC 8446, 5.1)
BLANK = b"\r\n"
ODD = ("HEAD", "CONNECT")  # what stands in the head of a reply to them does not say whether it has a body


class HttpConversation(Stepping):
    """One connection."""

    def __init__(self) -> None:
        super().__init__()
        self._asking = Framing(to_backend=True)
        self._answering = Framing(to_backend=False)
        self._request: Message | None = None  # whose body is still coming
        self._reply: Message | None = None

    def cut_requests(self, data: bytes) -> list[Part]:
        if self._request is None and self._asking.whole_request(data):
            return [Part(data, self.asked(request_named(data, 0, len(data))))]
        return self._steps(True, data)

    def next_request(self, data: bytes, start: int, parts: list[Part]) -> int:
        framing, request = self._asking, self._request
        if request is not None:
            end = framing.body(data, start)
        elif data[start] in BLANK:
            return blank_lines(data, start, parts)
        else:
            head_end = self._request_head(data, start)
            if not head_end:
                return start
            end = head_end if framing.complete else framing.body(data, head_end)
            request = self.asked(request_named(data, start, head_end))
            if not framing.complete:
                self._request = request
                parts.append(Part(cut(data, start, end), request, False, waits(data[start:head_end])))
                return end
        self._request = None if framing.complete else request
        parts.append(Part(cut(data, start, end), request, framing.complete))
        return end

    def _request_head(self, data: bytes, start: int) -> int:
        try:
            return self._asking.head(data, start)
        except ValueError as exc:
            if data.startswith(b"PRI ", start):
                raise ValueError("HTTP/2") from exc
            raise ValueError("TLS" if data[start] == TLS else str(exc)) from exc

    def cut_replies(self, data: bytes) -> list[Part]:
        request = self._expected[0] if self._expected else None
        if request is not None and self._reply is None and request.command not in ODD:
            head_end = self._answering.whole_reply(data)
            if head_end:
                reply = reply_named(data, 0, head_end, request)
                self.replied()
                return [Part(data, reply)]
        return self._steps(False, data)

    def next_reply(self, data: bytes, start: int, parts: list[Part]) -> int:
        framing, reply = self._answering, self._reply
        if reply is not None:
            end = framing.body(data, start)
        elif data[start] in BLANK:
            return blank_lines(data, start, parts)
        else:
            head_end = framing.head(data, start)
            if not head_end:
                return start
            reply = reply_named(data, start, head_end, self.expected())
            end = self._reply_head(data, head_end, reply)
        if framing.complete and reply.final and reply.request is not None:
            self.replied()
        self._reply = None if framing.complete else reply
        parts.append(Part(cut(data, start, end), reply, framing.complete))
        return end

    def _reply_head(self, data: bytes, head_end: int, reply: Message) -> int:
        """Where what has come of a reply ends whose head has just ended."""
        framing, method = self._answering, reply.request.command if reply.request is not None else ""
        if reply.name.startswith("101"):
            self.plain = "the connection was upgraded (101 Switching Protocols)"
        elif method == "CONNECT" and reply.command == "2xx":
            self.plain = "a tunnel was opened (CONNECT)"
        elif not framing.complete and method == "HEAD":
            framing.renew()
        elif not framing.complete:
            return framing.body(data, head_end)
        framing.complete = True
        return head_end


def request_named(data: bytes, start: int, end: int) -> Message:
    """The request whose head stands there."""
    line = data[start : data.find(b"\r\n", start)]
    name, method, words = (request_line if len(line) <= LONG else request_line.__wrapped__)(line)
    return Message(True, name, method, RequestFields(cut(data, start, end), words))


@lru_cache(maxsize=1024)
def request_line(line: bytes) -> tuple[str, str, dict[str, str]]:
    """The name and the method of the request whose first line this is, and what it can be matched by."""
    words = line.split()
    if len(words) != 3 or not words[2].startswith(b"HTTP/"):
        raise ValueError("no HTTP/1: the first line of a request names no version of it")
    method, path = text(words[0]), text(path_of(words[1]))
    return f"{method} {path}", method, {"method": method, "path": path}


def reply_named(data: bytes, start: int, end: int, request: Message | None) -> Message:
    """The reply whose head stands there."""
    line = data[start : data.find(b"\r\n", start)]
    name, command, final, words = (status_line if len(line) <= LONG else status_line.__wrapped__)(line)
    return Message(False, name, command, HeadFields(cut(data, start, end), words), request, final)


@lru_cache(maxsize=256)
def status_line(line: bytes) -> tuple[str, str, bool, dict[str, str]]:
    """The name and the class of the reply whose first line this is; whether it is final (RFC 9110, 15.2): one that
    changes the protocol is, as no other follows; and what it can be matched by."""
    if not line.startswith(b"HTTP/"):
        raise ValueError("no HTTP/1: the first line of a reply names no version of it")
    name = text(line[9:])
    return name, f"{name[0]}xx", name[0] != "1" or name.startswith("101"), {"status": text(line.split(None, 2)[1])}


def blank_lines(data: bytes, start: int, parts: list[Part]) -> int:
    """Empty lines between messages belong to none: some old programs send one after a body (RFC 9112, 2.2)."""
    end = len(data) - len(data[start:].lstrip(BLANK))
    parts.append(Part(data[start:end]))
    return end


def waits(head: bytes) -> bool:
    """Whether the client waits with the body until it is told to send it (RFC 9110, 10.1.1)."""
    return (header(head, "expect") or "").lower() == "100-continue"
