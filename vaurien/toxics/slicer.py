"""The ``slicer`` toxic: in small pieces."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
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

    def shape(self, chunk: Chunk) -> Steps:
        pause = self.option("delay") / 1_000_000
        if len(chunk) <= self.option("average_size"):
            sizes = iter((len(chunk),))  # as most are in a conversation, and a source of chance takes its time to make
        else:
            sizes = self.sizes(len(chunk), self.random(chunk))
        for size in sizes:
            yield chunk.take(size)
            if pause:
                yield pause

    def sizes(self, size: int, source: random.Random) -> Iterator[int]:
        """The sizes of the pieces of `size` bytes, in order. They add up to it, and none is 0."""
        average: int = self.option("average_size")
        variation: int = self.option("size_variation")
        uncut = [size]  # a stack: of nested generators, each would pass on what the innermost says
        while uncut:
            size = uncut.pop()
            if not average or size <= average + variation:
                yield size
            else:
                middle = size // 2 + (source.randint(-variation, variation) if variation else 0)
                first = min(max(middle, 1), size - 1)
                uncut += size - first, first
