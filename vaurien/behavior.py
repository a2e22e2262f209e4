"""Behavior: the weighted choice among handlers, as users write it: ``20:delay,5:error``."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
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
    """Shares in the order in which they were written. What is left of 100 percent goes to ``dummy``. `scripts` are
    handlers that act by count, and so have no share: each call comes to them first."""

    shares: tuple[Share, ...] = ()
    scripts: tuple[str, ...] = ()

    example: ClassVar[str] = "20:delay,5:error"
    kind: ClassVar[str] = "handler"
    """What it chooses among."""

    @classmethod
    def parse(cls, text: str, known: Iterable[str] = (), scripts: Container[str] = ()) -> Self:
        """The behavior that `text` describes. Raises `ValueError` that quotes the wrong part and lists `known`.

        `scripts` are the handlers that have no weight. That the shares come to no more than 100 percent is not checked
        here: it depends on the handlers (`check_sum`).
        """
        allowed = cls.form(known)
        shares: list[Share] = []
        first: list[str] = []
        names: set[str] = set()
        for part in re.split(r"[,\s]+", text.strip().strip(",")):
            if not part:
                continue
            weight, colon, name = part.partition(":")
            if name in scripts and WEIGHT.fullmatch(weight):
                raise ValueError(f"{part!r}: {name} acts by its script, and has no weight: write {name!r}")
            if not colon and part in scripts:
                weight, name = "", part
            elif not colon or not name:
                raise ValueError(f"{part!r} has no {cls.kind if colon else 'colon'}: {allowed}")
            elif not WEIGHT.fullmatch(weight):
                raise ValueError(
                    f"{weight!r} in {part!r} is no weight from 0 to 100 with four decimals at most: {allowed}"
                )
            if name in names:
                raise ValueError(f"{name!r} is there twice in {text!r}: {allowed}")
            names.add(name)
            if weight:
                shares.append(Share(Decimal(weight), name))
            else:
                first.append(name)
        return cls(tuple(shares), tuple(first))

    def check_sum(self, limited: Container[str], known: Iterable[str] = ()) -> None:
        """Raises `ValueError` that lists `known` if calls have to be shared out of which there are not enough. Those
        that are `limited` to calls that match may have up to 100 percent of these each."""
        total = sum((share.weight for share in self.shares if share.name not in limited), Decimal(0))
        most = max((share.weight for share in self.shares), default=Decimal(0))
        if max(total, most) > 100:
            raise ValueError(f"the weights of {str(self)!r} add up to {max(total, most)}, over 100: {self.form(known)}")

    @classmethod
    def form(cls, known: Iterable[str] = ()) -> str:
        """What can be written, and the handlers that are `known`."""
        name = cls.kind.upper().replace(" ", "_")
        form = f"write WEIGHT:{name},… with weights in percent, such as {cls.example}"
        return f"{form}; {cls.kind}s: {', '.join(known)}" if known else form

    def __str__(self) -> str:
        return ",".join([*self.scripts, *map(str, self.shares)]) or "100:dummy"

    @property
    def names(self) -> tuple[str, ...]:
        """The handlers that it names, in their order."""
        return (*self.scripts, *(share.name for share in self.shares))

    def rest(self) -> Decimal:
        """What is left for ``dummy`` where no handler is limited to calls that match, in percent."""
        return max(Decimal(0), 100 - sum((share.weight for share in self.shares), Decimal(0)))
