"""The ``slicer`` toxic: in small pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.options import Option
from vaurien.toxics.base import Steps, Toxic
from vaurien.toxics.chunk import Chunk


class Slicer(Toxic):
    """Cuts what passes into pieces of about `average_size` bytes, and waits for `delay` microseconds after each.

    A chunk is halved, at its middle give or take `size_variation` bytes, until no piece is larger than the average and
    the variation together. With an average of 0 nothing is cut.
    """

    name = "slicer"
    options = {
        "average_size": Option("About how large the pieces are", int, 0, minimum=0, unit="bytes"),
        "size_variation": Option("How far their size spreads; less than average_size", int, 0, minimum=0, unit="bytes"),
        "delay": Option("The pause after each piece", int, 0, minimum=0, maximum=10**12, unit="microseconds"),
    }

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> None:
        average, variation = values["average_size"], values["size_variation"]
        if variation and variation >= average:
            raise ValueError(f"size_variation: expected less than average_size, which is {average}, not {variation}")

    def shape(self, chunk: Chunk) -> Steps | None:
        if len(chunk) <= self.option("average_size") and not self.option("delay"):
            return None  # as most in a conversation
        return self.pieces(chunk)

    def pieces(self, chunk: Chunk) -> Steps:
        """The pieces, with a pause after each."""
        pause = self.option("delay") / 1_000_000
        for size in self.sizes(chunk):
            yield chunk.take(size)
            if pause:
                yield pause

    def sizes(self, chunk: Chunk) -> list[int]:
        """The sizes of the pieces of a chunk, in order. They add up to it, and none is 0."""
        average, variation = self.option("average_size"), self.option("size_variation")
        largest = average + variation
        uncut = [len(chunk)]
        if not average or uncut[0] <= largest:
            return uncut  # a source of chance takes its time to make
        draw = self.random(chunk).random
        spread = 2 * variation + 1
        sizes = []
        while uncut:
            size = uncut.pop()
            if size <= largest:
                sizes.append(size)
            else:  # neither part is empty, since the variation is less than the average
                first = size // 2 - variation + int(draw() * spread)
                uncut += size - first, first
        return sizes
