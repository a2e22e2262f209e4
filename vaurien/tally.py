"""Tally: what a session has counted, while it goes on and afterwards."""

from __future__ import annotations

from typing import Any

from vaurien import story
from vaurien.active import ActiveHandler
from vaurien.call import Call
from vaurien.talk import Talk

NOTHING = (0, 0)
"""What was counted of something that there never was, in either direction."""


class Tally(Talk):
    """The counts of a session, by direction: ``[to the client, to the backend]``; `counts` has calls by handler.

    While the session goes on, its flows count; `called` and `left_alone` are what they have counted when it is over.
    `withheld` are the bytes that toxics have lost, but for those of the links that there are.
    """

    __slots__ = ("called", "counts", "left_alone", "withheld")

    def __init__(self, client: Any) -> None:
        Talk.__init__(self, client)  # quicker than super()
        self.counts: dict[str, int] = {}
        self.called = self.left_alone = self.withheld = NOTHING

    def count(self, call: Call) -> None:
        """A handler gets a call."""
        handler: ActiveHandler = call.handler
        name = handler.name
        handler.chosen[call.to_backend] += 1
        self.counts[name] = self.counts.get(name, 0) + 1
        if self.proxy.shared.events.listened and name != "dummy":
            self.proxy.shared.events.tell("call", self.proxy.name, **story.handled(call))

    def lose(self, to_backend: bool, count: int) -> None:
        """Toxics have lost so many bytes."""
        to_client, to_server = self.withheld
        self.withheld = (to_client, to_server + count) if to_backend else (to_client + count, to_server)

    def add_up(self) -> None:
        """The flows have stopped for good, and their links, if there were any, are gone."""
        to_client, to_backend = self.flows
        self.written = [self.written[0] + to_client.bytes, self.written[1] + to_backend.bytes]
        self.called = to_client.calls, to_backend.calls
        self.left_alone = to_client.calls - to_client.handled, to_backend.calls - to_backend.handled

    def bytes(self, to_backend: bool) -> int:
        """The bytes that went in this direction so far."""
        link = self.flows[to_backend].link if self.flows else None
        held = 0 if link is None else int(link.withheld)
        return self.received(to_backend) - self.withheld[to_backend] - held

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
