"""Aimed: the choice of a handler where it depends on what the call is, or on how many were before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.active import ActiveHandler
from vaurien.behavior import Behavior
from vaurien.callers import Callers
from vaurien.chance import TICKETS, draw
from vaurien.choice import Choice
from vaurien.match import Match
from vaurien.protocols.base import Message
from vaurien.relay import CHUNK
from vaurien.script import PASS
from vaurien.sight import Sight


class AimedChoice(Choice):
    """A choice in which a handler may be limited to calls that match, or act by a script, or be named by the caller.

    A call comes to the caller's wish first, then to each script, and then to chance: the handlers that it matches stand
    beside each other in the order of the behavior, each with its share.
    """

    __slots__ = ("callers", "lines", "looks", "scripts", "to_backend", "total")

    def __init__(
        self,
        behavior: Behavior,
        handlers: Mapping[str, ActiveHandler],
        dummy: ActiveHandler,
        to_backend: bool,
        deferred: bool,
        callers: Callers | None = None,
    ) -> None:
        """`callers` may name the handlers of their requests, if they are given."""
        super().__init__(behavior, handlers, dummy, to_backend, deferred)
        self.to_backend = to_backend
        self.callers = callers if to_backend else None
        self.lines = [
            (share.tickets, handlers[share.name].match, handler)
            for share, handler in zip(behavior.shares, self.handlers, strict=False)
        ]
        self.total = sum(tickets for tickets, _, _ in self.lines)
        acting = [handlers[name] for name in behavior.scripts if handlers[name].acts_on(to_backend)]
        self.scripts = [_Counted(handler, handlers) for handler in acting]
        matches = [*(match for _, match, _ in self.lines), *(script.match for script in self.scripts)]
        self.looks = any(match is not None and match.looks_at_bytes for match in matches)

    def chooses(self) -> bool:
        return bool(self.scripts or self.callers) or super().chooses()

    def pick(
        self, flow: Any, ordinal: int, message: Message | None = None, first: bytes | None = None
    ) -> ActiveHandler | None:
        sight = Sight(flow, message, first)
        if self.looks:
            flow.bulk = False  # no more is moved than was seen
        handler = None
        if self.callers is not None and message is not None:
            handler = self.callers.wanted(flow, message)
        if handler is None and self.scripts:
            handler = self._by_count(sight)
        if handler is None:
            return self.drawn(draw(flow.identity(), ordinal) * TICKETS >> 64, sight)
        return self._given(handler, sight)

    def drawn(self, ticket: int, sight: Sight) -> ActiveHandler | None:
        """The handler for a ticket, among those that the call matches; None means that the engine relays."""
        if ticket < self.total:
            end = 0
            for tickets, match, handler in self.lines:
                if match is None or match.holds(sight):
                    end += tickets
                    if ticket < end:
                        return handler
        return self.handlers[-1]

    def _by_count(self, sight: Sight) -> ActiveHandler | None:
        sight.flow.most = CHUNK
        for script in self.scripts:
            handler = script.next(sight)
            if handler is not None:
                return handler
        return None

    def _given(self, handler: ActiveHandler, sight: Sight) -> ActiveHandler | None:
        """This call for a handler that was named; or the reply to it, where the handler acts on these only."""
        if not self.to_backend or handler.acts_on(True):
            return None if handler.relayed else handler
        if sight.message is None:
            sight.flow.session.give_next_call(False, handler)
        else:
            sight.message.handler = handler
        return self.handlers[-1]

    def leave(self, flows: Any) -> None:
        if any(script.counts_bytes for script in self.scripts):
            for flow in flows:
                flow.most = CHUNK


class _Counted:
    """A script at work, and the handlers that it names."""

    __slots__ = ("act", "counts_bytes", "handlers", "match")

    def __init__(self, handler: ActiveHandler, handlers: Mapping[str, ActiveHandler]) -> None:
        self.act: Any = handler.act
        self.match: Match | None = handler.match
        self.handlers = handlers
        self.counts_bytes = bool(self.act.option("script").counts_bytes)

    def next(self, sight: Sight) -> ActiveHandler | None:
        """The handler whose turn it is; None if the call passes, or is not one that counts."""
        if self.match is not None and not self.match.holds(sight):
            return None
        flow = sight.flow
        progress = self.act.progress(flow.session)
        name = progress.next(flow)
        most = progress.most()
        if most:
            flow.most = min(flow.most, most)
            flow.bulk = False
        return None if name == PASS else self.handlers[name]
