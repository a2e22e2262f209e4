"""How long everything takes: the full run, and the quick one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """`rounds`, and the seconds for which each kind of row measures. In a `quick` run some rows are left out."""

    rounds: int
    tool: int  # a load tool; they count whole seconds
    paced: float  # requests by the clock
    delay: float
    growth: float
    idle: float
    quick: bool = False


FULL = Scale(rounds=5, tool=2, paced=5.0, delay=3.0, growth=2.0, idle=3.0)
QUICK = Scale(rounds=1, tool=1, paced=2.0, delay=1.5, growth=1.0, idle=1.0, quick=True)
