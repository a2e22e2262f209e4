"""Tally: what a session has counted, while it goes on and afterwards."""

from __future__ import annotations

from typing import Any

from vaurien import story
from vaurien.active import ActiveHandler
from vaurien.call import Call
from vaurien.talk import Talk


class Tally(Talk):
    """The counts of a session, by direction: ``[to the client, to the backend]``; `counts` has calls by handler.

    While the session goes on, its flows count; `called`, `left_alone` and `withheld` are what they have counted when it
    is over.
    """

    __slots__ = ("called", "counts", "left_alone", "withheld")

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.counts: dict[str, int] = {}
        self.called = [0, 0]
        self.left_alone = [0, 0]
        self.withheld = [0, 0]

    def count(self, call: Call) -> None:
        """A handler gets a call."""
        handler: ActiveHandler = call.handler
        name = handler.name
        handler.chosen[call.to_backend] += 1
        self.counts[name] = self.counts.get(name, 0) + 1
        if self.proxy.shared.events.listened and name != "dummy":
            self.proxy.shared.events.tell("call", self.proxy.name, **story.handled(call))

    def add_up(self, flow: Any) -> None:
        """A flow has stopped for good, and its link, if there was one, is gone."""
        self.written[flow.to_backend] += flow.bytes
        if flow.lost:
            self.withheld[flow.to_backend] = flow.lost
        self.called[flow.to_backend] = flow.calls
        self.left_alone[flow.to_backend] = flow.calls - flow.handled

    def bytes(self, to_backend: bool) -> int:
        """The bytes that went in this direction so far."""
        withheld: int = self.flows[to_backend].withheld if self.flows else self.withheld[to_backend]
        return self.received(to_backend) - withheld

    def received(self, to_backend: bool) -> int:
        """The same with those that toxics hold, or have lost."""
        relayed: int = self.flows[to_backend].bytes if self.flows else 0
        return self.written[to_backend] + relayed

    def calls(self, to_backend: bool) -> int:
        """The calls of this direction so far."""
        return self.flows[to_backend].calls if self.flows else self.called[to_backend]

    def relayed(self, to_backend: bool) -> int:
        """Those of them that no handler got, and no hook was asked about."""
        if not self.flows:
            return self.left_alone[to_backend]
        flow = self.flows[to_backend]
        return int(flow.calls - flow.handled)
