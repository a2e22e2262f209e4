"""The ``slow_close`` toxic: the end comes late."""

from __future__ import annotations

from vaurien.options import Option
from vaurien.toxics.base import Steps, Toxic
from vaurien.toxics.chunk import Chunk


class SlowClose(Toxic):
    """Holds the end of the stream for `delay` milliseconds."""

    name = "slow_close"
    options = {
        "delay": Option("How long the end is held", int, 0, minimum=0, maximum=10**9, unit="milliseconds"),
    }

    def ending(self, chunk: Chunk) -> Steps:
        yield self.option("delay") / 1000 - chunk.age()
