"""The ``reset_peer`` toxic: reset."""

from __future__ import annotations

from vaurien.options import Option
from vaurien.toxics.base import Steps, Toxic
from vaurien.toxics.chunk import Chunk


class ResetPeer(Toxic):
    """Resets the connection (TCP RST) `timeout` milliseconds after the first bytes, or the end of the stream, come."""

    name = "reset_peer"
    options = {
        "timeout": Option("Resets after so long", int, 0, minimum=0, maximum=10**9, unit="milliseconds"),
    }

    def shape(self, chunk: Chunk) -> Steps:
        yield self.option("timeout") / 1000 - chunk.age()
        self.reset()

    ending = shape
