"""Toxics as users write them, in all the shapes that they may have."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from vaurien.toxics import FOREVER, Chunk, Steps, Toxic


class Shout(Toxic):
    """The least: a plain method that changes the bytes."""

    name = "shout"

    def shape(self, chunk: Chunk) -> None:
        chunk.data = chunk.data.upper()


class Stutter(Toxic):
    """A generator, with options declared as a handler's are."""

    name = "stutter"
    options = {"times": ("How often each byte is said", int, 2), "pause": ("Seconds after each", float, 0.0)}

    def shape(self, chunk: Chunk) -> Steps:
        while piece := chunk.take(1):
            yield piece * self.option("times")
            yield self.options["pause"]


class WithoutSuper(Toxic):
    """Has a constructor that does not call the base's."""

    name = "without_super"
    options = {"mark": ("What comes before a chunk", str, "w")}

    def __init__(self, settings: Any, proxy: Any) -> None:
        self.mark = settings["mark"].encode()

    def shape(self, chunk: Chunk) -> Steps:
        assert self.option("mark").encode() == self.options("mark").encode()
        yield self.mark


class Nameless(Toxic):
    """Has no name of its own, and no constructor."""

    def shape(self, chunk: Chunk) -> None:
        chunk.data = chunk.data[::-1]


class Listed(Toxic):
    """Gives its steps as an iterator that is no generator."""

    name = "listed"

    def shape(self, chunk: Chunk) -> Iterator[float | bytes]:
        return iter([b"<", 0.001, chunk.take(len(chunk)), b">"])


class Counting(Toxic):
    """All flows count together; each chunk is told what its number is."""

    name = "counting"

    def shape(self, chunk: Chunk) -> None:
        self.shared["count"] = self.shared.get("count", 0) + 1
        chunk.data = b"%d " % self.shared["count"]


class Heartbeat(Toxic):
    """Says something into the silence."""

    name = "heartbeat"

    def idle(self) -> Steps:
        while True:
            yield 0.01
            yield b"."


class Telling(Toxic):
    """Notes what it is told."""

    name = "telling"
    options = {"any": ("Any", int, 0)}
    told: ClassVar[list[Any]] = []

    def shape(self, chunk: Chunk) -> None:
        self.told.append(("shape", chunk.data, chunk.ordinal, chunk.is_end, 0 <= chunk.age() < 10))

    def ending(self, chunk: Chunk) -> None:
        self.told.append(("ending", chunk.data, chunk.ordinal, chunk.is_end))

    def idle(self) -> None:
        self.told.append("idle")

    def changed(self) -> None:
        self.told.append(f"changed to {self.option('any')}")

    def removed(self) -> None:
        self.told.append("removed")


class Greedy(Toxic):
    """Has always something to do."""

    name = "greedy"
    options = {"step": ("What it yields", str, "0")}

    def idle(self) -> Steps:
        step = eval(self.option("step"))
        while True:
            yield step


class Nonsense(Toxic):
    """Yields what is no step."""

    name = "nonsense"
    options = {"step": ("What it yields: a Python expression", str, "None")}

    def shape(self, chunk: Chunk) -> Any:
        yield eval(self.option("step"), {"inf": float("inf")})


class NoSteps(Toxic):
    """Returns what has no steps."""

    name = "no_steps"

    def shape(self, chunk: Chunk) -> Any:
        return [b"a list is no iterator"]


class Raising(Toxic):
    """Raises what it is told to."""

    name = "raising"
    options = {"error": ("What it raises: a Python expression", str, "ZeroDivisionError('oh')")}

    def shape(self, chunk: Chunk) -> None:
        raise eval(self.option("error"))


class Unmade(Toxic):
    """Cannot be made."""

    def __init__(self, settings: Any, proxy: Any) -> None:
        raise RuntimeError("no licence")


class SometimesUnmade(Toxic):
    """Can be made once, and no more."""

    name = "sometimes_unmade"
    made: ClassVar[int] = 0

    def __init__(self, settings: Any, proxy: Any) -> None:
        super().__init__(settings, proxy)
        type(self).made += 1
        if self.made > 1:
            raise RuntimeError("no licence for two")


class Checked(Toxic):
    """Has options that must go together."""

    name = "checked"
    options = {"low": ("The lower end", int, 0), "high": ("The upper end", int, 10)}

    @classmethod
    def check(cls, values: Any) -> None:
        if values["low"] > values["high"]:
            raise ValueError(f"low: expected high, which is {values['high']}, or less, not {values['low']}")


class Blocking(Toxic):
    """Blocks, which it must not."""

    name = "blocking"

    def shape(self, chunk: Chunk) -> None:
        import gevent

        gevent.sleep(0.01)


class Slow(Toxic):
    """Waits for ever, then would raise."""

    name = "slow"

    def shape(self, chunk: Chunk) -> Steps:
        yield FOREVER
        raise AssertionError(time.monotonic())


class Clinging(Toxic):
    """Waits for ever, and raises when it is to give that up."""

    name = "clinging"

    def shape(self, chunk: Chunk) -> Steps:
        try:
            yield FOREVER
        finally:
            raise RuntimeError("no")


class Once(Toxic):
    """Takes all toxics of its proxy away at the first bytes, itself too."""

    name = "once"

    def shape(self, chunk: Chunk) -> None:
        self.proxy.apply(self.proxy.crew.prepare(replace(self.proxy.settings, toxics=())))


class WrongOptions(Toxic):
    """Its options are no declaration."""

    options = {"mark": "m"}


class NoToxic:
    """Derives from nothing."""


def function(chunk: Any) -> None:
    """No class."""


number = 42
"""Nothing that could be called."""
