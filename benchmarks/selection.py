"""Which rows a run has."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.calls import CALLS
from benchmarks.control import CONTROL
from benchmarks.delay import DELAY
from benchmarks.groups import Group
from benchmarks.growth import GROWTH_BY_SESSIONS, GROWTH_BY_SIZE
from benchmarks.idle import IDLE
from benchmarks.latency import LATENCY
from benchmarks.peers import Peer
from benchmarks.protocols import PROTOCOLS
from benchmarks.relay import RELAY
from benchmarks.start import START
from benchmarks.tls import TLS
from benchmarks.toxic_times import TOXIC_TIMES
from benchmarks.toxics import TOXICS

# In the order in which they are measured and printed.
GROUPS: tuple[Group, ...] = (
    RELAY,
    LATENCY,
    IDLE,
    START,
    DELAY,
    CALLS,
    PROTOCOLS,
    TLS,
    CONTROL,
    TOXICS,
    TOXIC_TIMES,
    GROWTH_BY_SESSIONS,
    GROWTH_BY_SIZE,
)


def parse_names(text: str) -> list[str]:
    """Names of groups and rows, with commas between them; ValueError for one that there is not."""
    names = text.split(",")
    known = [name for group in GROUPS for name in (group.name, *(row.name for row in group.rows))]
    for name in names:
        if name not in known:
            raise ValueError(f"unknown group or row {name!r}; choose from {', '.join(known)}")
    return names


def select(quick: bool, only: Sequence[str] = (), also: Sequence[Peer] = ()) -> list[Group]:
    """All groups, with all of their rows or those of a quick run; or only those that are named.

    A row that is named is there in a quick run, too, and so is the one that it is compared to. The peers `also` take
    turns in every row that compares proxies.
    """
    groups = []
    for group in GROUPS:
        rows = [row for row in group.rows if row.quick or not quick]
        if only and group.name not in only:
            bases = {row.base for row in group.rows if row.name in only}
            rows = [row for row in group.rows if row.name in only or row.name in bases]
        if rows:
            compared = [replace(row, peers=(*row.peers, *also)) if len(row.peers) > 1 else row for row in rows]
            groups.append(group.with_rows(compared))
    return groups
