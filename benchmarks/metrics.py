"""What a figure is a figure of."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """A quantity that rows measure. `title` and `unit` are for readers, `decimals` is for printing.

    `above_direct` names another metric: then the figure is not measured, but is that metric's figure less what it is
    without a proxy in the same round. `summary` says what stands for all rounds: their median, or their sum where one
    bad round must not be hidden by good ones.
    """

    name: str
    title: str
    unit: str
    decimals: int
    better: Literal["more", "less"] = "less"
    above_direct: str | None = None
    summary: Literal["median", "sum"] = "median"


REQUESTS = Metric("rate", "rate", "requests/s", 0, better="more")
GIGABITS = Metric("rate", "rate", "Gbit/s", 1, better="more")
CPU_PER_REQUEST = Metric("cpu", "processor time of the proxy", "us/request", 2)
CPU_PER_MEGABYTE = Metric("cpu", "processor time of the proxy", "us/MB", 2)
