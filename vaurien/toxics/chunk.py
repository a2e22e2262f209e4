"""Chunk: some bytes on their way through a toxic."""

from __future__ import annotations

import time

OVERHEAD = 256
"""What a chunk takes in memory besides its bytes, about."""


class Chunk:
    """Bytes that came to a toxic at one moment, to be passed on piece by piece.

    `ordinal` counts the chunks of one toxic in one flow from 1. `arrived_at` is `time.monotonic()`. Its length is that
    of what is still to be passed on; at the end of the stream there comes one that `is_end`, without bytes. `cost` is
    what it is reckoned at while it waits, in bytes.
    """

    __slots__ = ("_data", "_start", "arrived_at", "cost", "is_end", "ordinal")

    def __init__(self, data: bytes, arrived_at: float, ordinal: int, is_end: bool = False) -> None:
        self._data = data
        self._start = 0
        self.cost = len(data) + OVERHEAD
        self.arrived_at = arrived_at
        self.ordinal = ordinal
        self.is_end = is_end

    def __len__(self) -> int:
        return len(self._data) - self._start

    @property
    def data(self) -> bytes:
        """What is still to be passed on."""
        return self._data[self._start :] if self._start else self._data

    @data.setter
    def data(self, data: bytes) -> None:
        self._data, self._start = data, 0

    def take(self, count: int) -> bytes:
        """Takes the next `count` bytes out, or all where there are not so many: whoever takes them passes them on."""
        start = self._start
        piece = self._data[start : start + count]
        self._start = start + len(piece)
        return piece

    def drop(self) -> None:
        """Loses what is still to be passed on."""
        self._data, self._start = b"", 0

    def age(self) -> float:
        """How long ago it came, in seconds."""
        return time.monotonic() - self.arrived_at
