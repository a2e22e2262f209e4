"""Loaded: the handlers, session handlers, hooks, toxics and protocols that can be chosen, over the native API."""

from __future__ import annotations

import falcon

from vaurien.control.live import Live
from vaurien.control.shapes import loaded_shape, protocol_shapes


class LoadedHandlers:
    """All handlers that can be chosen."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"handlers": [loaded_shape(handler) for _, handler in sorted(self.live.loaded().handlers.items())]}


class LoadedSessionHandlers:
    """All session handlers that can be chosen."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        found = sorted(self.live.loaded().session_handlers.items())
        resp.media = {"session_handlers": [loaded_shape(handler) for _, handler in found]}


class LoadedHooks:
    """All hooks that can be chosen."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"hooks": [loaded_shape(hook) for _, hook in sorted(self.live.loaded().hooks.items())]}


class LoadedToxics:
    """All types of toxics that can be chosen."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"toxics": [loaded_shape(toxic) for _, toxic in sorted(self.live.loaded().toxics.items())]}


class LoadedProtocols:
    """All protocols that can be chosen."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"protocols": protocol_shapes(self.live.loaded().protocols)}
