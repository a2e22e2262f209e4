"""The ``corrupt`` toxic: a few wrong bits."""

from __future__ import annotations

from vaurien.distributions import geometric
from vaurien.options import Option
from vaurien.toxics.base import Toxic
from vaurien.toxics.chunk import Chunk


class Corrupt(Toxic):
    """Flips bits: each with the same `probability`."""

    name = "corrupt"
    options = {
        "probability": Option("The probability with which a bit is flipped", float, 0.001, minimum=0, maximum=1),
    }

    def shape(self, chunk: Chunk) -> None:
        probability: float = self.option("probability")
        if not probability:
            return
        data = bytearray(chunk.data)
        source = self.random(chunk)
        bits = 8 * len(data)
        # from one flipped bit to the next it is a geometric distance: as many draws as flips, not as bits
        place = geometric(source, probability, bits)
        while place < bits:
            data[place >> 3] ^= 1 << (place & 7)
            place += 1 + geometric(source, probability, bits)
        chunk.data = bytes(data)
