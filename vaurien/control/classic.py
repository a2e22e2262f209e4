"""Classic: the HTTP dialect of the Vaurien of old, so that tools which were written for it go on working."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon

from vaurien.aim import is_script
from vaurien.control.classic_choice import Choice, in_use
from vaurien.control.classic_request import Wrong, answer_wrong, body_of, name_in_body, proxy_of
from vaurien.errors import ConfigError

OK = {"status": "ok"}


class Resource:
    """What all addresses of the dialect know."""

    def __init__(self, control: Any) -> None:
        self.control = control
        self.live = control.live

    def behavior(self, req: falcon.Request) -> str:
        """What is in use, as one word where it can be."""
        return in_use(self.live.settings(proxy_of(req, self.control)).behavior)

    def choose(self, proxy: str, body: dict[str, Any]) -> None:
        """Lets `body`, which has a ``name`` and options, hold from the next call on."""
        settings = self.live.settings(proxy)
        known = {**self.live.loaded().handlers, **settings.handlers}
        scripts = [name for name, handler in known.items() if is_script(handler.target)]
        choice = Choice(body, known, scripts)
        changing(choice.key_of, lambda: self.live.set_behavior(proxy, choice.asked))


def changing(key_of: Callable[[str], str], change: Callable[[], None]) -> None:
    """Makes a change. Raises `Wrong` with the key of the body that is at fault."""
    try:
        change()
    except ConfigError as exc:
        raise Wrong(key_of(exc.where), exc.problem) from exc


class BehaviorInUse(Resource):
    """``/behavior``; before version 0.6 it was set by POST."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"behavior": self.behavior(req)}

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        self.choose(proxy_of(req, self.control), body_of(req))
        resp.media = OK

    on_post = on_put


class Behaviors(Resource):
    """``/behaviors``."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"behaviors": sorted(self.live.loaded().handlers)}


class Backend(Resource):
    """``/backend``: where the proxy sends."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"backend": str(self.live.settings(proxy_of(req, self.control)).distant)}

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        proxy, body = proxy_of(req, self.control), body_of(req)
        if "backend" not in body:
            raise Wrong("backend", 'the value should contain a "backend" key, such as localhost:8001')
        for key in body:
            if key != "backend":
                raise Wrong(key, 'unknown; only "backend" can be set here')
        changing(lambda _: "backend", lambda: self.live.change(proxy, {"distant": body["backend"]}))
        resp.media = OK


class HandlerInUse(Resource):
    """``/handler``, which answers in plain text."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = self.behavior(req)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Takes a name in plain text, too: the very first ones did."""
        self.choose(proxy_of(req, self.control), name_in_body(req))
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "OK"


class Handlers(Resource):
    """``/handlers``."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"handlers": sorted(self.live.loaded().handlers)}


def add_routes(app: falcon.App[Any, Any], control: Any) -> None:
    """Adds the dialect's routes, and the form that its errors have."""
    app.add_error_handler(Wrong, answer_wrong)
    app.add_route("/behavior", BehaviorInUse(control))
    app.add_route("/behaviors", Behaviors(control))
    app.add_route("/backend", Backend(control))
    app.add_route("/handler", HandlerInUse(control))
    app.add_route("/handlers", Handlers(control))
