"""Glob: a text with ``*`` for anything and ``?`` for one character, compared in linear time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

ANY = None
"""The token for any characters, or none."""
ONE = ""
"""The token for one character."""


class Glob:
    """What a sequence of tokens describes: single characters, `ANY` and `ONE`. With `binary` it is for bytes."""

    __slots__ = ("_chunks", "_first", "_last", "_shortest", "_whole")

    def __init__(self, tokens: Sequence[str | None], binary: bool = False) -> None:
        chunks: list[list[str]] = [[]]
        for token in tokens:
            if token is ANY:
                chunks.append([])
            else:
                chunks[-1].append(token)
        made = [_Chunk(chunk, binary) for chunk in chunks]
        self._whole = len(made) == 1
        self._first, self._last, self._chunks = made[0], made[-1], made[1:-1]
        self._shortest = sum(chunk.length for chunk in made)

    def matches(self, value: Any) -> bool:
        """Whether `value`, all of it, is what this describes."""
        first, last, size = self._first, self._last, len(value)
        if size < self._shortest or (self._whole and size != self._shortest):
            return False
        if not first.stands_at(value, 0) or (not self._whole and not last.stands_at(value, size - last.length)):
            return False
        place, end = first.length, size - last.length
        for chunk in self._chunks:  # the first place of each is as good as any other
            place = chunk.find(value, place, end)
            if place < 0:
                return False
            place += chunk.length
        return True


class _Chunk:
    """What stands between two ``*``: always the same number of characters."""

    __slots__ = ("length", "pattern", "text")

    def __init__(self, tokens: list[str], binary: bool) -> None:
        def encoded(token: str) -> Any:
            return token.encode("utf-8", "surrogateescape") if binary else token

        parts = [encoded(token) for token in tokens]
        nothing = encoded("")
        self.length = sum(len(part) or 1 for part in parts)
        self.text = nothing.join(parts)
        self.pattern: re.Pattern[Any] | None = None
        if ONE in tokens:
            self.pattern = re.compile(nothing.join(re.escape(part) or encoded(".") for part in parts), re.DOTALL)

    def stands_at(self, value: Any, place: int) -> bool:
        if self.pattern is None:
            return bool(value.startswith(self.text, place))
        return self.pattern.match(value, place) is not None

    def find(self, value: Any, place: int, end: int) -> int:
        """Where it stands first, at `place` or behind, and before `end`; -1 if nowhere."""
        if self.pattern is None:
            return int(value.find(self.text, place, end))
        found = self.pattern.search(value, place, end)
        return found.start() if found else -1
