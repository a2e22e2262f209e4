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


class Bandwidth(Toxic):
    """Lets `rate` kilobytes pass in a second, and no burst. A kilobyte is 1000 bytes.

    Each flow has the rate for itself, unless it is `shared`: then all flows of the proxy that the toxic acts on have it
    together. With a rate of 0 nothing passes and nothing is lost: what waits goes on when the rate changes or the
    toxic is taken away.
    """

    name = "bandwidth"
    options = {
        "rate": Option("How much passes in a second", int, 0, minimum=0, maximum=10**9, unit="kilobytes"),
        "shared": Option("If true, all sessions have the rate together; otherwise each has its own", bool, False),
    }

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        self.own: dict[str, float] = {}

    def shape(self, chunk: Chunk) -> Steps:
        rate: int = self.option("rate") * 1000
        while rate and chunk:
            size = min(len(chunk), max(1, int(rate * SLICE)))
            yield self.free_after(size / rate, chunk) - time.monotonic()
            yield chunk.take(size)
        while chunk:
            yield FOREVER

    def free_after(self, seconds: float, chunk: Chunk) -> float:
        """Takes the line for so long, as soon as it is free; returns when that is over, by `time.monotonic()`."""
        line = self.shared if self.option("shared") else self.own
        line["free_at"] = max(line.get("free_at", 0.0), chunk.arrived_at) + seconds
        return float(line["free_at"])

    def changed(self) -> None:
        self.own["free_at"] = self.shared["free_at"] = time.monotonic()
