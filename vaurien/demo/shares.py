"""Shares: how much of the traffic each handler was asked to take, and how much it took."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from vaurien.proxy import Proxy


@dataclass(frozen=True)
class Taken:
    """`calls` out of all `of` calls of the direction in which this handler acts; `asked` is 0 to 1."""

    name: str
    asked: float
    calls: int
    of: int
    to_backend: bool

    @property
    def share(self) -> float:
        """The part that it took, 0 to 1."""
        return self.calls / (self.of or 1)

    @property
    def margin(self) -> float:
        """How far from `asked` chance leads by now in 19 of 20 cases: two standard deviations, 0 to 1."""
        return min(1.0, 2 * sqrt(self.asked * (1 - self.asked) / (self.of or 1)))


def taken(proxy: Proxy) -> list[Taken]:
    """Each handler of the proxy's behavior, in its order.

    The engine draws for each call in each direction, and a handler that does not act there leaves the call alone. So
    what a handler takes is a share of the calls of its own direction, not of all: the ``abort`` that acts on requests
    has nothing to do with the answers.
    """
    calls = {to_backend: calls_so_far(proxy, to_backend) for to_backend in (False, True)}
    found = []
    for share in proxy.settings.behavior.shares:
        handler = proxy.handlers[share.name]
        to_backend = handler.acts_on(True)
        found.append(
            Taken(share.name, float(share.weight) / 100, handler.calls[to_backend], calls[to_backend], to_backend)
        )
    return found


def calls_so_far(proxy: Proxy, to_backend: bool) -> int:
    """All calls of one direction, of the sessions that have ended and of those that live."""
    ended = proxy.counters.all_calls[to_backend]
    return ended + sum(session.calls(to_backend) for session in proxy.sessions.values())
