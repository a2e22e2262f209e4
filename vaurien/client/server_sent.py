"""Server-sent events: the bytes of a ``text/event-stream``, put together to messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """One message. `id` is that of the last message which had one."""

    type: str
    data: str
    id: str


class Assembler:
    """Takes bytes as the HTML standard (section 9.2, "Server-sent events") has them, and gives messages. Lines end with
    LF or CR LF; a CR alone, which the standard knows too, is not looked for."""

    def __init__(self) -> None:
        self._rest = b""
        self._type = ""
        self._data: list[str] = []
        self._id = ""

    def take(self, data: bytes) -> list[Message]:
        """The messages that these bytes complete."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [message for line in lines if (message := self._line(line))]

    def _line(self, line: bytes) -> Message | None:
        text = line.removesuffix(b"\r").decode(errors="replace")
        if not text:
            return self._complete()
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self._id = value
        return None  # a comment, or a field that has no meaning here

    def _complete(self) -> Message | None:
        type, data = self._type, self._data
        self._type, self._data = "", []
        return Message(type or "message", "\n".join(data), self._id) if data else None
