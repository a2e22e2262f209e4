"""Conversations that are cut in steps: one part after the other, from the beginning of what has come."""

from __future__ import annotations

from vaurien.protocols.base import Conversation, Part


class Stepping(Conversation):
    """A conversation whose protocol finds the next part only.

    What a step cannot follow turns the conversation plain from there on: the parts before it are cut all the same.
    """

    def next_request(self, data: bytes, start: int, parts: list[Part]) -> int:
        """Adds to `parts` what the client has sent from `start` on, one part, and returns where it ends: `start` itself
        if more is needed to tell what begins there. What raises has added nothing."""
        raise NotImplementedError

    def next_reply(self, data: bytes, start: int, parts: list[Part]) -> int:
        """The same for what the backend has sent."""
        raise NotImplementedError

    def cut_requests(self, data: bytes) -> list[Part]:
        return self._steps(True, data)

    def cut_replies(self, data: bytes) -> list[Part]:
        return self._steps(False, data)

    def _steps(self, to_backend: bool, data: bytes) -> list[Part]:
        step = self.next_request if to_backend else self.next_reply
        parts: list[Part] = []
        start, size = 0, len(data)
        try:
            while start < size and not self.plain:
                end = step(data, start, parts)
                if end == start:
                    self.keep(to_backend, data[start:])
                    return parts
                start = end
        except Exception as exc:
            self.plain = str(exc) or type(exc).__name__
        if start < size:
            parts.append(Part(data[start:]))
        return parts


def cut(data: bytes, start: int, end: int) -> bytes:
    """The bytes from `start` to `end`: `data` itself, if it is all of it."""
    return data if start == 0 and end == len(data) else data[start:end]


def text(data: bytes) -> str:
    """Bytes as a person reads them: what is not printable ASCII as an escape."""
    words = data.decode("ascii", "backslashreplace")
    return words if words.isprintable() else ascii(words)[1:-1]
