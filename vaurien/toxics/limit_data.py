"""The ``limit_data`` toxic: so much and no more."""

from __future__ import annotations

from vaurien.options import Option
from vaurien.toxics.base import Steps, Toxic
from vaurien.toxics.chunk import Chunk


class LimitData(Toxic):
    """Closes the connection as soon as `bytes` bytes have passed; with 0, at the first byte that comes."""

    name = "limit_data"
    options = {"bytes": Option("So many bytes pass", int, 0, minimum=0, unit="bytes")}
    passed = 0

    def shape(self, chunk: Chunk) -> Steps | None:
        left = self.option("bytes") - self.passed
        size = len(chunk)
        if size < left:
            self.passed += size
            return None
        self.passed += max(0, left)
        return self.last(chunk, left)

    def last(self, chunk: Chunk, left: int) -> Steps:
        """What may still pass of this chunk, and then the close."""
        yield chunk.take(max(0, left))
        self.close()
