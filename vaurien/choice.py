"""Choice: which handler gets the next call of a direction."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any

from vaurien.active import ActiveHandler
from vaurien.behavior import Behavior
from vaurien.chance import TICKETS, draw
from vaurien.protocols.base import Message


class Choice:
    """The weighted choice for one direction; a place that holds None is a call that the engine relays itself.

    `deferred` says that a hook wants to be told before anything is chosen.
    """

    __slots__ = ("bounds", "deferred", "handlers")

    def __init__(
        self,
        behavior: Behavior,
        handlers: Mapping[str, ActiveHandler],
        dummy: ActiveHandler,
        to_backend: bool,
        deferred: bool,
    ) -> None:
        """`dummy` gets what no other handler gets, or wants."""
        self.bounds = list(accumulate(share.tickets for share in behavior.shares))
        chosen = [handlers[share.name] for share in behavior.shares] + [dummy]
        acting = [handler if handler.acts_on(to_backend) else dummy for handler in chosen]
        self.handlers = [None if handler.relayed else handler for handler in acting]
        self.deferred = deferred

    def chooses(self) -> bool:
        """Whether there is anything to choose: without, nothing is drawn."""
        return self.deferred or any(self.handlers)

    def pick(
        self, flow: Any, ordinal: int, message: Message | None = None, first: bytes | None = None
    ) -> ActiveHandler | None:
        """The handler for the call with that ordinal in a flow; None means that the engine relays. Where messages are
        known, the call is the `message`, and its `first` bytes have come."""
        return self.handlers[bisect_right(self.bounds, draw(flow.identity(), ordinal) * TICKETS >> 64)]

    def leave(self, flows: Iterable[Any]) -> None:
        """Another choice takes its place in these flows."""

    def choose(self, draw: int) -> ActiveHandler | None:
        """The handler for a draw in [0, 2**64); None means that the engine relays."""
        return self.handlers[bisect_right(self.bounds, draw * TICKETS >> 64)]
