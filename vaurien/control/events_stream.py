"""Events, over the native API: server-sent events, as the HTML standard (section 9.2) describes them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import Any

import falcon
from gevent.event import Event as Flag

from vaurien.events import TYPES, Event
from vaurien.options import words
from vaurien.shared import Shared

STREAMS = 20
"""So many may listen at once."""
WAITING = 10_000
"""So many events wait at most for one who is slow; then the oldest go."""
QUIET = 15.0
"""After so many seconds without an event, a comment tells that the stream lives."""


def add_routes(app: falcon.App[Any, Any], control: Any) -> None:
    app.add_route("/v1/events", EventStream(control.daemon.shared))


class EventStream:
    """What happens, as it happens."""

    def __init__(self, shared: Shared) -> None:
        self.events = shared.events
        self.departures = shared.departures
        self.open = 0

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        types = set(words(",".join(req.get_param_as_list("type") or ()))) or set(TYPES)
        unknown = sorted(types - set(TYPES))
        if unknown:
            raise falcon.HTTPBadRequest(
                title="type", description=f"unknown {unknown[0]!r}; choose from {', '.join(TYPES)}"
            )
        if self.open >= STREAMS:
            raise falcon.HTTPServiceUnavailable(title="", description=f"{STREAMS} listen already", retry_after=60)
        resp.content_type = "text/event-stream"
        resp.cache_control = ["no-store"]
        self.open += 1
        resp.stream = Stream(self, req.env["vaurien.socket"].fileno(), req.get_param("proxy"), types)


class Stream:
    """One listener: an iterator of bytes that the server closes when its client has left."""

    def __init__(self, stream: EventStream, descriptor: int, proxy: str | None, types: set[str]) -> None:
        """`descriptor` is the client's socket's: that it leaves is to be noticed while there is nothing to tell."""
        self.stream = stream
        self.descriptor = descriptor
        self.proxy = proxy
        self.types = types
        self.waiting: deque[bytes] = deque(maxlen=WAITING)
        self.number = 0
        self.some = Flag()
        self.left = False
        self.closed = False
        stream.events.listen(self.on_event)
        stream.departures.watch(descriptor, self.on_departure, orderly=True)

    def on_departure(self) -> None:
        self.left = True
        self.some.set()

    def on_event(self, event: Event) -> None:
        if event["type"] not in self.types or self.proxy not in (None, event["proxy"]):
            return
        self.number += 1
        lines = f"id: {self.number}\nevent: {event['type']}\ndata: {json.dumps(event, default=str)}\n\n"
        self.waiting.append(lines.encode())
        self.some.set()

    def __iter__(self) -> Iterator[bytes]:
        yield b": listening\n\n"
        while not self.left:
            if not self.waiting and not self.some.wait(QUIET):
                yield b": still here\n\n"
                continue
            self.some.clear()
            chunk = b"".join(self.waiting)
            self.waiting.clear()
            if chunk:
                yield chunk

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.stream.departures.forget(self.descriptor)
            self.stream.open -= 1
            self.stream.events.leave(self.on_event)
