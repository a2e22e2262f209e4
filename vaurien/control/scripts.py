"""Scripts: where the scripts of a proxy stand, over the native API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import falcon

from vaurien.active import ActiveHandler
from vaurien.aim import is_script
from vaurien.control.body import json_object
from vaurien.control.checks import check_keys
from vaurien.control.live import Live
from vaurien.progress import Progress
from vaurien.proxy import Proxy
from vaurien.registry import nearest


def script_shape(proxy: Proxy, handler: ActiveHandler) -> dict[str, Any]:
    """What a script says, and where it stands: in the proxy, or in each of its sessions."""
    act: Any = handler.act
    sessions = list(proxy.sessions.values())
    standing = [_standing(act.standing(None))] if act.shared else [
        {**_standing(act.standing(session)), "session": session.ordinal} for session in sessions
    ]  # fmt: skip
    return {
        "handler": handler.name,
        "script": str(act.option("script")),
        "per": act.option("per"),
        "repeat": act.option("repeat"),
        "standing": standing,
    }


def _standing(progress: Progress) -> dict[str, Any]:
    step = progress.step
    counted = step is not None and not step.endless
    return {
        "session": None,
        "step": None if step is None else str(step),
        "left": max(progress.left, 0) if counted else None,
        "unit": None if step is None or not counted else "bytes" if step.bytes else "calls",
        "rounds": progress.rounds,
    }


class Scripts:
    """The scripts of one proxy that are at work."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        proxy = _proxy(self.live, name)
        resp.media = {"scripts": [script_shape(proxy, handler) for handler in _at_work(proxy)]}


class Restart:
    """One script begins anew."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_post(self, req: falcon.Request, resp: falcon.Response, name: str, handler: str) -> None:
        if req.content_length not in (None, 0):
            check_keys(json_object(req), ())
        proxy = _proxy(self.live, name)
        scripts = {script.name: script for script in _at_work(proxy)}
        found = scripts.get(handler)
        if found is None:
            problem = f"proxy {name!r} has no script {handler!r} at work"
            known = f"{problem}; {nearest(handler, scripts)}" if scripts else problem
            raise falcon.HTTPNotFound(title="handler", description=known)
        act: Any = found.act
        act.restart()
        resp.media = script_shape(proxy, found)


def _proxy(live: Live, name: str) -> Proxy:
    live.settings(name)
    return live.daemon.proxies[name]


def _at_work(proxy: Proxy) -> Iterator[ActiveHandler]:
    for name in proxy.settings.behavior.scripts:
        handler = proxy.handlers[name]
        if is_script(handler.settings.target):
            yield handler
