"""Routes that only tests have, beside those of the control API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import falcon
from gevent.event import Event

from vaurien.control import app, body


class Routes:
    """Stands in for a module with routes. `kept` is what their requests leave behind."""

    def __init__(self, resources: dict[str, object]) -> None:
        self.resources = resources

    def add_routes(self, made: falcon.App[Any, Any], control: Any) -> None:
        for path, resource in self.resources.items():
            made.add_route(path, resource)


@contextmanager
def routes(resources: dict[str, object]) -> Iterator[None]:
    """Control APIs that start in the block have these resources too."""
    with mock.patch.object(app, "MODULES", (*app.MODULES, Routes(resources))):
        yield


class Repeat:
    """Answers a JSON object with itself."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = body.json_object(req)


class Raise:
    """Raises what it was made with."""

    def __init__(self, exc: Exception) -> None:
        self.exc = exc

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        raise self.exc


class Busy:
    """Answers when it is `over`. `begun` counts the requests."""

    def __init__(self) -> None:
        self.over = Event()
        self.begun = 0

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self.begun += 1
        self.over.wait()


class Stream:
    """Answers with `piece` again and again. `ended` counts the answers that are over."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece
        self.ended = 0

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.stream = self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        try:
            while True:
                yield self.piece
        finally:
            self.ended += 1
