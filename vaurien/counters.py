"""Counters: what a proxy has seen so far, as integers that only grow."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper ends of the histograms' classes, in seconds; inclusive, as Prometheus has them."""

MOST_COMMANDS = 100
"""So many commands are counted apart for each proxy; all further ones are `OTHER`."""
OTHER = "other"


class Histogram:
    """How often a time fell into each class. `counts` has one more than `bounds`, for what is above; `sum` is that of
    all times, in seconds."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds


class Counters:
    """`ended` counts sessions by their cause, without the particulars that stand behind its colon. `calls` has, by
    handler, what it was given: [to the client, to the backend]; what the engine relays as ``dummy`` is not in it.
    `received` and `all_calls` are the bytes and calls of sessions that have ended, in the same order, `relayed` those
    of the calls that no handler got, `withheld` those of the bytes that toxics have lost.
    `commands` has, by the command of their messages, the calls in the same order, while they are wanted.
    `session_handlers` has, by session handler, the sessions that it got.
    `errors` are handlers and hooks that raised; `connect_failures` are sessions without a backend."""

    def __init__(self) -> None:
        self.opened = 0
        self.session_handlers: dict[str, int] = {}
        self.ended: dict[str, int] = {}
        self.connect_failures = 0
        self.errors = 0
        self.calls: dict[str, list[int]] = {}
        self.commands: dict[str, list[int]] = {}
        self.received = [0, 0]
        self.withheld = [0, 0]
        self.all_calls = [0, 0]
        self.relayed = [0, 0]
        self.connects = Histogram()
        self.delays_asked = Histogram()
        self.delays_measured = Histogram()

    def session_handled(self, name: str) -> None:
        """The session handler of that name gets a session."""
        self.session_handlers[name] = self.session_handlers.get(name, 0) + 1

    def calls_of(self, handler: str) -> list[int]:
        """The counts of a handler, which stay when it goes."""
        return self.calls.setdefault(handler, [0, 0])

    def command(self, name: str, to_backend: bool) -> None:
        """A call was a message with this command, or a reply to one."""
        counts = self.commands.get(name)
        if counts is None:
            known = len(self.commands) - (OTHER in self.commands)
            counts = self.commands.setdefault(name if name and known < MOST_COMMANDS else OTHER, [0, 0])
        counts[to_backend] += 1

    def session_ended(self, session: Any) -> None:
        """Adds up what a session was, whose end has come."""
        kind = session.cause.partition(":")[0]
        self.ended[kind] = self.ended.get(kind, 0) + 1
        for counts, more in (
            (self.received, session.written),
            (self.all_calls, session.called),
            (self.relayed, session.left_alone),
            (self.withheld, session.withheld),
        ):
            counts[0] += more[0]
            counts[1] += more[1]

    def delayed(self, asked: float, measured: float) -> None:
        """A call was to wait for so long, and has waited so long, in seconds."""
        self.delays_asked.note(asked)
        self.delays_measured.note(measured)
