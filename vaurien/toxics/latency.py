"""The ``latency`` toxic: late."""

from __future__ import annotations

from vaurien.distributions import DISTRIBUTIONS
from vaurien.options import Option
from vaurien.toxics.base import Steps, Toxic
from vaurien.toxics.chunk import Chunk


class Latency(Toxic):
    """Holds every chunk for `latency` milliseconds from its arrival; their order stays.

    Chunks travel one behind the other, as on a long line: a thousand that come at once arrive one latency later, not
    a thousand. `jitter` spreads the time. ``uniform``: `latency` plus or minus `jitter`. ``normal`` and ``lognormal``:
    mean `latency`, standard deviation `jitter`. ``pareto`` and ``exponential``: at least `latency`, with an excess of
    mean `jitter`. The connect is not held; the end of the stream comes behind the last chunk.
    """

    name = "latency"
    options = {
        "latency": Option("How long each chunk is held", int, 0, minimum=0, maximum=10**9, unit="milliseconds"),
        "jitter": Option("How far this spreads", int, 0, minimum=0, maximum=10**9, unit="milliseconds"),
        "distribution": Option("How jitter spreads it", str, "uniform", choices=tuple(DISTRIBUTIONS)),
    }

    def shape(self, chunk: Chunk) -> Steps:
        yield self.delay(chunk) - chunk.age()

    def delay(self, chunk: Chunk) -> float:
        """How long this chunk is held, in seconds."""
        latency, jitter = self.option("latency") / 1000, self.option("jitter") / 1000
        distribution = self.option("distribution")
        if not jitter:
            return float(latency)
        if distribution == "uniform":
            return float(latency + (2 * self.uniform(chunk) - 1) * jitter)
        return DISTRIBUTIONS[distribution](self.random(chunk), latency, jitter)
