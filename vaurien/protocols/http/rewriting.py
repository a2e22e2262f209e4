"""Replies changed on their way: status, headers and body, with the end of the message still where its head says.

Bytes in, bytes out. Names and values of headers are texts; what a header may not hold is a `ValueError`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vaurien.protocols.http.answers import REASONS
from vaurien.protocols.http.heads import END_OF_HEAD, header, header_line

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")  # RFC 9110, 5.5
FRAMING = ("content-length", "transfer-encoding", "trailer")
BODILESS = (204, 304)


def rewritten(
    reply: bytes,
    status: int | None = None,
    headers: Mapping[str, str | None] | None = None,
    body: bytes | None = None,
    to_head: bool = False,
) -> bytes:
    """The whole final reply `reply`, changed: another `status` (200 to 599), `headers` set (or taken out, where the
    value is None), another `body`. What is None stays; `to_head` says that this answers HEAD, and so has no body.

    The body keeps its chunks if it has some, else Content-Length says how long it is. A new body is not compressed.
    Raises `ValueError` for what would not be a valid reply.
    """
    head, old = _parted(reply)
    before, after = _statuses(head, status)
    if status is not None:
        head = _status_line(head, status)
    head = _with_body_headers(head, before, after, old, body, to_head)
    head = _with_set(head, headers or {})
    return head + b"\r\n" + _body(head, after, old, body, to_head)


def with_new_head(part: bytes, status: int | None, headers: Mapping[str, str | None]) -> bytes:
    """The first part of a final reply, which has its whole head, with another `status` and `headers` set, as
    `rewritten` does. The body stays, so neither status may be one that has none."""
    head, old = _parted(part)
    if not set(_statuses(head, status)).isdisjoint(BODILESS):
        raise ValueError("a reply of this status has no body")
    if status is not None:
        head = _status_line(head, status)
    return _with_set(head, headers) + b"\r\n" + old


def check_headers(headers: Mapping[str, str | None]) -> None:
    """Raises `ValueError` if these cannot be set in a reply."""
    _with_set(b"", headers)


def with_headers(part: bytes, headers: Mapping[str, str]) -> bytes:
    """The first part of a reply, which has its whole head, with more headers at the head's end."""
    end = part.find(END_OF_HEAD) + 2
    if end < 2:
        raise ValueError("this part has no whole head")
    return b"".join([part[:end], *(header_bytes(name, value) for name, value in headers.items()), part[end:]])


def header_bytes(name: str, value: str) -> bytes:
    """One header line. Raises `ValueError` for a name or a value that would not be one header."""
    if not TOKEN.fullmatch(name):
        raise ValueError(f"expected the name of a header, not {name!r}")
    if not VALUE.fullmatch(value):
        raise ValueError(f"expected the value of a header, in one line, not {value!r}")
    return name.encode() + b": " + value.strip(" \t").encode("latin-1", "replace") + b"\r\n"


def _parted(reply: bytes) -> tuple[bytes, bytes]:
    """The lines of the head, each with its end, and what follows the empty line."""
    head, separator, rest = reply.partition(END_OF_HEAD)
    if not separator:
        raise ValueError("this is not a whole reply")
    return head + b"\r\n", rest


def _statuses(head: bytes, status: int | None) -> tuple[int, int]:
    """The status before and after."""
    before = int(head[9:12])
    after = before if status is None else status
    if not 200 <= after <= 599 or before < 200:
        raise ValueError(f"expected a status from 200 to 599, not {after if before >= 200 else before}")
    return before, after


def _with_set(head: bytes, headers: Mapping[str, str | None]) -> bytes:
    for name, value in headers.items():
        line = header_bytes(name, value or "")
        if name.lower() in FRAMING:
            raise ValueError(f"{name} follows from the body")
        head = (_without(head, name) if head else head) + (b"" if value is None else line)
    return head


def _status_line(head: bytes, status: int) -> bytes:
    version, _, rest = head.partition(b"\r\n")
    words = REASONS.get(status, "")
    return version[:9] + f"{status} {words}".encode() + b"\r\n" + rest


def _without(head: bytes, name: str) -> bytes:
    """The head without the header lines of this name; each line of a head begins after a line end."""
    lines = header_line(name)
    return lines.sub(b"", head[:-2]) + b"\r\n"


def _chunked(head: bytes) -> bool:
    return (header(head + b"\r\n", "transfer-encoding") or "").lower().endswith("chunked")


def _with_body_headers(head: bytes, before: int, after: int, old: bytes, body: bytes | None, to_head: bool) -> bytes:
    """The head with what it must say about the body that will follow it."""
    if body is not None:
        head = _without(_without(head, "content-encoding"), "trailer")
    if after in BODILESS:
        return head if before == after else _without(_without(head, "content-length"), "transfer-encoding")
    if _chunked(head) or (body is None and before not in BODILESS):
        return head
    if to_head and body is None:
        return _without(head, "content-length")  # what it said was about a reply that had no body to say it of
    length = len(old if body is None else body)
    return _without(head, "content-length") + f"Content-Length: {length}\r\n".encode()


def _body(head: bytes, after: int, old: bytes, body: bytes | None, to_head: bool) -> bytes:
    if after in BODILESS or to_head:
        return b""
    if not _chunked(head):
        return old if body is None else body
    if body is None:
        return old or b"0\r\n\r\n"
    return (f"{len(body):x}\r\n".encode() + body + b"\r\n" if body else b"") + b"0\r\n\r\n"
