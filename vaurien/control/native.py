"""Native: the routes of the API under ``/v1``."""

from __future__ import annotations

import time
from typing import Any

import falcon

from vaurien.control.loaded import LoadedHandlers, LoadedHooks, LoadedProtocols, LoadedSessionHandlers, LoadedToxics
from vaurien.control.proxies import OneBehavior, OneHold, OneProxy, Proxies
from vaurien.control.scripts import Restart, Scripts
from vaurien.control.sessions import OneSession, ProxyCounters, Sessions
from vaurien.version import __version__


def add_routes(app: falcon.App[Any, Any], control: Any) -> None:
    """Adds them all."""
    live = control.live
    for path, resource in {
        "/v1": Root(control),
        "/v1/proxies": Proxies(live),
        "/v1/proxies/{name}": OneProxy(live),
        "/v1/proxies/{name}/behavior": OneBehavior(live),
        "/v1/proxies/{name}/holds/{hold}": OneHold(live),
        "/v1/proxies/{name}/sessions": Sessions(live),
        "/v1/proxies/{name}/sessions/{ordinal}": OneSession(live),
        "/v1/proxies/{name}/counters": ProxyCounters(live),
        "/v1/proxies/{name}/scripts": Scripts(live),
        "/v1/proxies/{name}/scripts/{handler}/restart": Restart(live),
        "/v1/handlers": LoadedHandlers(live),
        "/v1/session_handlers": LoadedSessionHandlers(live),
        "/v1/hooks": LoadedHooks(live),
        "/v1/toxics": LoadedToxics(live),
        "/v1/protocols": LoadedProtocols(live),
    }.items():
        app.add_route(path, resource)


class Root:
    """What this daemon is."""

    def __init__(self, control: Any) -> None:
        self.control = control

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        daemon = self.control.daemon
        resp.media = {
            "version": __version__,
            "seed": daemon.seed,
            "uptime": round(time.monotonic() - self.control.started_at, 3),
            "proxies": list(daemon.proxies),
        }
