"""Distributions: how random numbers spread."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

PARETO_SHAPE = 3.0  # chosen: the tail is heavy, and its mean and variance are finite


def uniform(source: random.Random, seconds: float, jitter: float) -> float:
    return source.uniform(seconds - jitter, seconds + jitter)


def normal(source: random.Random, seconds: float, jitter: float) -> float:
    return source.normalvariate(seconds, jitter)


def lognormal(source: random.Random, seconds: float, jitter: float) -> float:
    """Mean `seconds`, standard deviation `jitter`: the parameters of the underlying normal follow from these."""
    if seconds == 0:
        return 0.0
    variance = math.log1p((jitter / seconds) ** 2)
    return source.lognormvariate(math.log(seconds) - variance / 2, math.sqrt(variance))


def pareto(source: random.Random, seconds: float, jitter: float) -> float:
    """`seconds` and an excess of mean `jitter`, Pareto's of the second kind (Lomax)."""
    return seconds + jitter * (PARETO_SHAPE - 1) * (source.paretovariate(PARETO_SHAPE) - 1)


def exponential(source: random.Random, seconds: float, jitter: float) -> float:
    return seconds + source.expovariate(1 / jitter)


DISTRIBUTIONS: dict[str, Callable[[random.Random, float, float], float]] = {
    "uniform": uniform,
    "normal": normal,
    "lognormal": lognormal,
    "pareto": pareto,
    "exponential": exponential,
}
"""By name: each draws a time around `seconds` that `jitter` spreads; it may be below 0."""


def geometric(source: random.Random, probability: float, most: int) -> int:
    """So many misses before the next hit, `most` at most. `probability` is that of a hit, more than 0."""
    if probability >= 1:
        return 0
    return int(min(math.log(1 - source.random()) / math.log1p(-probability), most))
