"""Points: the nine places at which hooks are called, each with its kind and order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["notify", "claim", "filter"]


@dataclass(frozen=True)
class Point:
    """`told` names the arguments. `by_call` points are about one call, the others about a whole session.
    `backwards` means that the hooks run in exactly the reversed order."""

    name: str
    told: tuple[str, ...]
    kind: Kind
    backwards: bool
    by_call: bool
    summary: str


POINTS: tuple[Point, ...] = (
    Point("session_started", ("session",), "claim", False, False, "a client has come, there is no backend yet"),
    Point("backend_connected", ("session",), "claim", False, False, "the backend connection stands, no byte yet"),
    Point("on_route", ("call",), "notify", False, True, "before a handler is chosen; may set call.handler"),
    Point("before", ("call",), "claim", False, True, "the handler is chosen"),
    Point("incoming", ("message",), "filter", False, True, "data as read, before the handler has it"),
    Point("outgoing", ("message",), "filter", False, True, "data as the handler writes it"),
    Point("after", ("call",), "notify", True, True, "the call is over, however it ended"),
    Point("on_error", ("call", "exc"), "claim", True, True, "the call raised"),
    Point("session_ended", ("session",), "notify", True, False, "it is over; its totals stand"),
)

BY_NAME = {point.name: point for point in POINTS}

OF_HANDLERS = tuple(point.name for point in POINTS if point.by_call and point.name != "on_route")
"""The points that there are for a single handler's hooks."""
