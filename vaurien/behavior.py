"""Behavior: the weighted choice among handlers, as users write it: ``20:delay,5:error``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from vaurien.chance import TICKETS

WEIGHT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?|\.[0-9]{1,4}")


@dataclass(frozen=True)
class Share:
    """`weight` percent of the calls, or sessions (0 to 100, four decimals at most) go to what is called `name`."""

    weight: Decimal
    name: str

    @property
    def tickets(self) -> int:
        """The weight as a number of chance's tickets."""
        return int(self.weight * TICKETS / 100)

    def __str__(self) -> str:
        return f"{self.weight}:{self.name}"


@dataclass(frozen=True)
class Behavior:
    """Shares in the order in which they were written. What is left of 100 percent goes to ``dummy``."""

    shares: tuple[Share, ...] = ()

    example: ClassVar[str] = "20:delay,5:error"
    kind: ClassVar[str] = "handler"
    """What it chooses among."""

    @classmethod
    def parse(cls, text: str, known: Iterable[str] = ()) -> Self:
        """The behavior that `text` describes. Raises `ValueError` that quotes the wrong part and lists `known`."""
        form = cls.form()
        allowed = f"{form}; {cls.kind}s: {', '.join(known)}" if known else form
        shares: list[Share] = []
        names: set[str] = set()
        for part in re.split(r"[,\s]+", text.strip().strip(",")):
            if not part:
                continue
            weight, colon, name = part.partition(":")
            if not colon or not name:
                raise ValueError(f"{part!r} has no {cls.kind if colon else 'colon'}: {allowed}")
            if not WEIGHT.fullmatch(weight):
                raise ValueError(
                    f"{weight!r} in {part!r} is no weight from 0 to 100 with four decimals at most: {allowed}"
                )
            if name in names:
                raise ValueError(f"{name!r} is there twice in {text!r}: {allowed}")
            names.add(name)
            shares.append(Share(Decimal(weight), name))
        total = sum((share.weight for share in shares), Decimal(0))
        if total > 100:
            raise ValueError(f"the weights of {text!r} add up to {total}, over 100: {allowed}")
        return cls(tuple(shares))

    @classmethod
    def form(cls) -> str:
        """What to write, in words."""
        name = cls.kind.upper().replace(" ", "_")
        return f"write WEIGHT:{name},… with weights in percent, such as {cls.example}"

    def __str__(self) -> str:
        return ",".join(map(str, self.shares)) or "100:dummy"

    def rest(self) -> Decimal:
        """What is left for ``dummy``, in percent."""
        return 100 - sum((share.weight for share in self.shares), Decimal(0))
