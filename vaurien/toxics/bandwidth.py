"""The ``bandwidth`` toxic: slow."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from vaurien.options import Option
from vaurien.toxics.base import FOREVER, Steps, Toxic
from vaurien.toxics.chunk import Chunk

SLICE = 0.1
"""A chunk that takes longer than this goes in pieces that take so long, in seconds."""
EARLY = 0.0005
"""A piece whose time is so near goes at once, in seconds: the line is busy for as long, so that the rate stays exact,
and where the rate does not bind there is no wait at all."""


class Line:
    """What bytes pass at a `rate`, in bytes a second, one piece after the other. `free_at` is when the last one taken
    on will be through, by `time.monotonic()`."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.slice = rate * SLICE
        self.free_at = time.monotonic()

    def take_on(self, size: int, since: float) -> float:
        """The moment at which `size` bytes that have been there `since` then will be through."""
        self.free_at = max(self.free_at, since) + size / self.rate
        return self.free_at

    def passes(self, size: int, since: float) -> bool:
        """Takes on `size` bytes if they are through by now, or nearly."""
        if size > self.slice:
            return False
        moment = (since if since > self.free_at else self.free_at) + size / self.rate
        if moment - since > EARLY and moment - time.monotonic() > EARLY:
            return False
        self.free_at = moment
        return True

    def give_up(self, size: int) -> None:
        """So many bytes that were taken on do not come."""
        self.free_at -= size / self.rate


class Bandwidth(Toxic):
    """Lets `rate` kilobytes pass in a second, and no burst. A kilobyte is 1000 bytes.

    Each flow has the rate for itself, unless it is `shared`: then all flows of the proxy that the toxic acts on have it
    together. With a rate of 0 nothing passes and nothing is lost: what waits goes on when the rate changes or the
    toxic is taken away, and is dropped only with the session, which ends when a peer resets its connection, or when
    both have ended their streams.
    """

    name = "bandwidth"
    options = {
        "rate": Option("How much passes in a second", int, 0, minimum=0, maximum=10**9, unit="kilobytes"),
        "shared": Option("If true, all sessions have the rate together; otherwise each has its own", bool, False),
    }

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        self.own: dict[str, Line] = {}
        self.known: Line | None = None

    def shape(self, chunk: Chunk) -> Steps | None:
        line = self.known = self.known or self.line()
        return None if line.passes(len(chunk), chunk.arrived_at) else self.pieces(line, chunk)

    def pieces(self, line: Line, chunk: Chunk) -> Steps:
        """What the line lets pass, when it does."""
        while line.rate and chunk:
            size = min(len(chunk), max(1, int(line.slice)))
            wait = line.take_on(size, chunk.arrived_at) - time.monotonic()
            if wait > EARLY:
                try:
                    yield wait
                except GeneratorExit:
                    line.give_up(size)
                    raise
            yield chunk.take(size)
        while chunk:
            yield FOREVER

    def line(self) -> Line:
        """The line that this flow sends on. Another rate makes another line, which is free from that moment on: what
        was held back till then makes no burst."""
        lines = self.shared if self.option("shared") else self.own
        rate = self.option("rate") * 1000
        if "line" not in lines or lines["line"].rate != rate:
            lines["line"] = Line(rate)
        return lines["line"]

    def changed(self) -> None:
        self.known = None
        self.own.clear()
        if not self.option("shared"):
            self.shared.clear()
