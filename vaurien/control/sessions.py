"""Sessions: those that are open now, and what a proxy has counted, over the native API."""

from __future__ import annotations

import falcon

from vaurien.control.live import Live
from vaurien.control.shapes import counters_shape, session_shape
from vaurien.proxy import Proxy
from vaurien.session import Session


def _proxy(live: Live, name: str) -> Proxy:
    live.settings(name)
    return live.daemon.proxies[name]


class Sessions:
    """The open sessions of one proxy."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        sessions = list(_proxy(self.live, name).sessions.values())
        resp.media = {"sessions": [session_shape(session) for session in sessions]}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        proxy = _proxy(self.live, name)
        count = len(proxy.sessions)
        proxy.cut("cut by the control API")
        resp.media = {"cut": count}


class OneSession:
    """One open session."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str, ordinal: str) -> None:
        resp.media = session_shape(self._session(name, ordinal))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, name: str, ordinal: str) -> None:
        self._session(name, ordinal).end("cut by the control API")
        resp.media = {"cut": 1}

    def _session(self, name: str, ordinal: str) -> Session:
        sessions = _proxy(self.live, name).sessions
        number = int(ordinal) if ordinal.isascii() and ordinal.isdigit() and len(ordinal) < 20 else 0
        if number not in sessions:
            raise falcon.HTTPNotFound(title="ordinal", description=f"proxy {name!r} has no open session {ordinal!r}")
        return sessions[number]


class ProxyCounters:
    """What one proxy has counted."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        resp.media = counters_shape(_proxy(self.live, name))
