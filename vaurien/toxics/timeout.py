"""The ``timeout`` toxic: silence."""

from __future__ import annotations

from vaurien.options import Option
from vaurien.toxics.base import Steps, Toxic
from vaurien.toxics.chunk import Chunk


class Timeout(Toxic):
    """Loses everything, and closes the connection after `timeout` milliseconds in which nothing has come.

    With 0 it never closes. When the toxic is taken away, the sessions that it has held are closed.
    """

    name = "timeout"
    options = {
        "timeout": Option("Closes after so much silence", int, 0, minimum=0, maximum=10**9, unit="milliseconds"),
    }

    def shape(self, chunk: Chunk) -> None:
        chunk.drop()

    def idle(self) -> Steps:
        if self.option("timeout"):
            yield self.option("timeout") / 1000
            self.close()

    def removed(self) -> None:
        self.close()
