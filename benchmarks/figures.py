"""The figures of one row: what was measured of each peer, round by round."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Work:
    """What a tool has to say: `rate` in the row's unit, and how much was done in all: requests, or MB (10**6 bytes)."""

    rate: float
    amount: float


@dataclass(frozen=True)
class Figure:
    """One measurement. `cpu` is what the proxy's process needed for one request, or one MB, in microseconds of
    processor time; None where there is no proxy, or nothing to count."""

    value: float
    cpu: float | None = None


Series = Mapping[str, Sequence[float]]


@dataclass
class RowResult:
    """The figures of one row: per peer a list, one figure a round, in order. `missing` names what is not installed.

    `unit` is that of the figures, `cpu_unit` that of the processor times.
    """

    name: str
    title: str
    unit: str
    cpu_unit: str
    decimals: int
    missing: Sequence[str] = ()
    values: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def add(self, peer: str, figure: Figure) -> None:
        """Takes the figure of the next round."""
        self.values.setdefault(peer, []).append(figure.value)
        if figure.cpu is not None:
            self.cpu.setdefault(peer, []).append(figure.cpu)


def ratios(series: Series, peer: str, base: str) -> list[float]:
    """The figures of `peer` over those of `base`, round by round: two turns minutes apart on a shared machine say
    nothing. Empty where one of them was not measured."""
    pairs = zip(series.get(peer, ()), series.get(base, ()), strict=False)
    return [one / other for one, other in pairs if other > 0]


def median(series: Series, peer: str) -> float | None:
    """The median over the rounds, or None where the peer was not measured."""
    figures = series.get(peer)
    return statistics.median(figures) if figures else None
