"""What stands in the head of an HTTP/1 message (RFC 9112, sections 3 to 5).

A head is bytes: the first line, the header lines and the empty line that ends them, as they came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

SHORT = 1000
"""Heads of more bytes are not worth remembering."""
END_OF_HEAD = b"\r\n\r\n"
EXACT_LENGTH = (b"\r\nContent-Length: ", b"\r\ncontent-length: ")


@lru_cache(maxsize=256)
def header_line(name: str) -> re.Pattern[bytes]:
    """Finds the header lines of this name; group 1 is the value."""
    return re.compile(rb"\r\n" + re.escape(name.encode("latin-1", "replace")) + rb":[ \t]*([^\r\n]*)", re.IGNORECASE)


def header(head: bytes, name: str) -> str | None:
    """The value of the header, None if it is not there; several of one name are joined with commas (RFC 9110, 5.3)."""
    values = header_line(name).findall(head, 0, head.find(END_OF_HEAD) + 2)
    return ", ".join(value.rstrip(b" \t").decode("latin-1") for value in values) if values else None


header_again = lru_cache(maxsize=512)(header)
"""`header`, for heads up to `SHORT`: clients that keep their connection send the same head again and again."""


def content_length(data: bytes, start: int, end: int) -> int | None:
    """What Content-Length says in the head from `start` to `end`; None if nothing."""
    for spelling in EXACT_LENGTH:  # far cheaper than the pattern, and what nearly all programs send
        at = data.find(spelling, start, end)
        if at >= 0:
            return int(data[at + len(spelling) : data.find(b"\r", at + 2)])
    found = header_line("content-length").search(data, start, end)
    return int(found[1]) if found else None


def path_of(target: bytes) -> bytes:
    """The path in a request's target (RFC 9112, 3.2), without its query; what has none (``*``, ``host:443``) stays."""
    path = target.partition(b"?")[0]
    if b"://" in path:
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    return path


def keeps_alive(head: bytes) -> bool:
    """Whether the connection goes on after this request (RFC 9112, 9.3)."""
    options = (header(head, "connection") or "").lower()
    if head.partition(b"\r\n")[0].endswith(b"HTTP/1.0"):
        return "keep-alive" in options and "close" not in options
    return "close" not in options


class HeadFields(Mapping[str, str]):
    """What a message can be matched by: the `words` of its first line, and `header:NAME`, looked up in its head only
    when asked.

    Names of headers are in lower case. Iterating gives the words' names, not those of headers.
    """

    __slots__ = ("head", "words")

    def __init__(self, head: bytes, words: Mapping[str, str]) -> None:
        """`words` may be shared with other messages that begin alike."""
        self.head = head
        self.words = words

    def __getitem__(self, key: str) -> str:
        value: str | None = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        value = self.words.get(key)
        if value is None:
            name = self.header_of(key)
            if name:
                head = self.head
                value = (header_again if len(head) <= SHORT else header)(head, name)
        return default if value is None else value

    def header_of(self, key: str) -> str:
        """The name of the header that has the key's value; empty if there is none."""
        return key[7:] if key.startswith("header:") else ""

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)


class RequestFields(HeadFields):
    """`method` and `path` (without the query), and the header `host`."""

    __slots__ = ()

    def header_of(self, key: str) -> str:
        return "host" if key == "host" else HeadFields.header_of(self, key)

    def __iter__(self) -> Iterator[str]:
        yield from self.words
        if "host" in self:
            yield "host"

    def __len__(self) -> int:
        return len(self.words) + ("host" in self)
