"""The toxic's contract: what `Toxic` gives to a class that derives from it."""

from __future__ import annotations

import math
import random
import reprlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from vaurien import chance
from vaurien.options import OptionValues, declared
from vaurien.toxics.chunk import Chunk

Steps = Iterator[float | bytes]
"""What a toxic does, step by step: a number is so many seconds to wait, bytes are passed on now."""

FOREVER = float("inf")
"""A wait that ends only when an option changes, or the toxic or the session goes."""


def seconds(value: Any, wanted: str) -> float:
    """`value`, if it is a number of seconds; `TypeError` that says what was `wanted` if not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise TypeError(f"it must {wanted}, not {reprlib.repr(value)}")
    return value


class Toxic:
    """Shapes all bytes of one flow of one session. There is an instance for each flow that it was drawn for.

    Override what you want of `shape`, `idle`, `ending` and `opening`. The first three are generators, or plain methods
    that return None. They run in the event loop and must not block; what they wait for, they yield. What they have
    under way is given up when an option changes, and begun anew with what is left of the chunk; so ``chunk.age()``
    says how much of a delay is over already. What a toxic takes out of a chunk and neither yields nor means to lose
    would be lost: take a piece after the wait, not before.
    """

    name: ClassVar[str] = ""
    options: Any = {}

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        """`settings` are the values of the options that were set; `proxy` is the proxy that this instance serves."""
        if not isinstance(settings, OptionValues):
            settings = OptionValues(declared(type(self), self.name), settings or {})
        self.settings = settings
        self.options = settings
        self.proxy = proxy
        self.stage: Any = None
        self.key = 0
        self.shared: dict[Any, Any] = {}

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> None:
        """Raises `ValueError`, with the option's name first, where values do not go together: each is good already."""

    def option(self, name: str) -> Any:
        """The value of the option called `name`."""
        return self.options(name)

    # what a toxic can do

    def shape(self, chunk: Chunk) -> Steps | None:
        """Some bytes have come. What is left of the chunk in the end is passed on."""
        return None

    def idle(self) -> Steps | None:
        """There is nothing to shape: from the beginning, and after each chunk, until the next comes. Behind the end of
        the stream too, as long as the session goes on; bytes are lost then."""
        return None

    def ending(self, chunk: Chunk) -> Steps | None:
        """The stream has ended. Its end is passed on when this is over."""
        return None

    def opening(self) -> float:
        """A client has come: for how many seconds the backend is not contacted yet."""
        return 0.0

    def changed(self) -> None:
        """An option has another value."""

    def removed(self) -> None:
        """It is taken away while the session goes on. What is left of the chunks is passed on then."""

    # what it can call

    def close(self) -> None:
        """Ends the session in good order, once all that was passed on has been delivered; what comes now is lost."""
        self.stage.close()

    def reset(self) -> None:
        """Resets both connections of the session at once; what was not delivered is lost."""
        self.stage.reset()

    def uniform(self, chunk: Chunk) -> float:
        """The number in [0, 1) that this chunk draws: the same seed, session and chunk draw the same again."""
        return chance.draw(self.key, chunk.ordinal) / 2**64

    def random(self, chunk: Chunk, purpose: str = "") -> random.Random:
        """A source of chance for this chunk, where one number is not enough."""
        return chance.source(self.key, chunk.ordinal, purpose)
