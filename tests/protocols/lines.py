"""A protocol of the tests' own: a request is a line, and so is a reply. Long ones come in parts.

``quiet …`` gets no reply; after ``TLS`` nothing can be followed. Of the backend's lines, ``push …`` was not asked for,
and ``~…`` is not the last reply to its request. A request ``in …`` that is refused leaves ``undo`` in its place.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, ClassVar

from vaurien.protocols import Protocol
from vaurien.protocols.base import Answer, Conversation, Message, Part
from vaurien.protocols.stepping import Stepping

HEAD = 8
"""So many bytes tell what a line is, if it has no end before."""


class Lines(Stepping):
    """One session."""

    def __init__(self) -> None:
        super().__init__()
        self._now: list[Message | None] = [None, None]
        self._undone: set[Message] = set()

    def next_request(self, data: bytes, start: int, parts: list[Part]) -> int:
        return self._next(True, data, start, parts)

    def next_reply(self, data: bytes, start: int, parts: list[Part]) -> int:
        return self._next(False, data, start, parts)

    def _next(self, to_backend: bool, data: bytes, start: int, parts: list[Part]) -> int:
        end = data.find(b"\n", start) + 1
        message = self._now[to_backend]
        if message is None:
            if not end and len(data) - start < HEAD:
                return start
            line = data[start : end or len(data)].rstrip(b"\n")
            message = self._asked(line) if to_backend else self._said(line)
        self._now[to_backend] = None if end else message
        if message not in self._undone:
            parts.append(Part(data[start : end or len(data)], message, bool(end)))
        if end and not to_backend and message.request is not None and message.final:
            self.replied()
        return end or len(data)

    def _asked(self, line: bytes) -> Message:
        if line == b"TLS":
            raise ValueError("it is TLS")
        name = line[:HEAD].decode("latin-1")
        message = Message(True, name, name.partition(" ")[0], answerable=not line.startswith(b"quiet"))
        return self.asked(message) if message.answerable else message

    def _said(self, line: bytes) -> Message:
        if line == b"TLS":
            raise ValueError("it is TLS")
        name = line[:HEAD].decode("latin-1")
        request = None if line.startswith(b"push") else self.expected()
        message = Message(False, name, name.partition(" ")[0], request=request, final=not line.startswith(b"~"))
        if request is not None and request.name == "undo":
            self._undone.add(message)
        return message

    def in_place_of(self, request: Message) -> bytes:
        if not request.name.startswith("in "):
            return b""
        self.stands_in(Message(True, "undo"))
        return b"undo\n"


class LinesProtocol(Protocol):
    """Requests and replies are lines: ``error`` says ``ERR choice``, and ``FATAL`` closes."""

    name: ClassVar[str] = "lines"
    errors: ClassVar[tuple[str, ...]] = ("BUSY",)

    def conversation(self, joined: bool = False) -> Conversation:
        return Lines()

    def check(self, key: str, choice: str) -> None:
        if choice != choice.upper():
            raise ValueError("an error is a word in capitals")

    def error(
        self,
        request: Message,
        choice: str,
        conversation: Conversation,
        options: Mapping[str, Any],
        source: random.Random,
    ) -> Answer:
        return Answer(f"ERR {choice} {request.name}\n".encode(), closes=choice == "FATAL")


LINES = f"{__name__}.{LinesProtocol.__name__}"
"""What a proxy's `protocol` says to speak it."""
