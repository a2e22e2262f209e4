"""App: the routes of the control API, and what all of its answers have in common."""

from __future__ import annotations

import errno
import logging
from typing import Any

import falcon

from vaurien.control import classic, events_stream, health, metrics, native
from vaurien.control.guard import Guard
from vaurien.control.openapi import routes as openapi
from vaurien.control.problem import line, problem
from vaurien.control.refusals import NameTaken, Outdated, UnknownHold, UnknownProxy
from vaurien.control.toxiproxy import routes as toxiproxy
from vaurien.errors import ConfigError

MODULES = (health, native, events_stream, openapi, classic, toxiproxy, metrics)
"""Each has ``add_routes(app, control)``."""

STATUSES: dict[type[ConfigError], int] = {UnknownProxy: 404, UnknownHold: 404, NameTaken: 409, Outdated: 412}
"""The status of a refusal, where it is not 400."""

OTHER = "other"
"""Stands for the route of a request that has none, where requests are counted."""

log = logging.getLogger("vaurien.control")


def make_app(control: Any) -> falcon.App[Any, Any]:
    """The WSGI application. Every error is ``{"error": {"where": …, "message": …}}``, but for those of dialects."""
    app: falcon.App[Any, Any] = falcon.App(middleware=[Guard(control.settings), Bearings(control.requests)])
    app.add_error_handler(Exception, unexpected)
    app.add_error_handler(falcon.HTTPError, failed)
    app.add_error_handler(ConfigError, refused)
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = falcon.media.JSONHandler(dumps=line)
    for module in MODULES:
        module.add_routes(app, control)
    return app


class Bearings:
    """Middleware: which methods a route has, what no answer may do, and how many requests there were."""

    def __init__(self, requests: dict[tuple[str, int], int]) -> None:
        self.requests = requests

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        allowed = [method for method in falcon.COMBINED_METHODS if hasattr(resource, f"on_{method.lower()}")]
        meet = getattr(resource, "meet", None)
        if meet is not None:
            meet(req, resp)
        if req.method not in allowed:
            refuse = getattr(resource, "refuse_method", None)
            if refuse is not None:
                raise refuse(resp, allowed)
            raise falcon.HTTPMethodNotAllowed(allowed, title="method", description=f"choose from {', '.join(allowed)}")

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool) -> None:
        resp.set_header("Cache-Control", "no-store")
        resp.set_header("X-Content-Type-Options", "nosniff")
        key = (req.uri_template or OTHER, resp.status_code)
        self.requests[key] = self.requests.get(key, 0) + 1


def answer(resp: falcon.Response, status: int, where: str, message: str) -> None:
    """Makes this the answer."""
    resp.status = falcon.code_to_http_status(status)
    resp.content_type = falcon.MEDIA_JSON
    resp.data = problem(where, message)


def failed(req: falcon.Request, resp: falcon.Response, exc: falcon.HTTPError, params: dict[str, Any]) -> None:
    """An error of HTTP. Its title, if it is one word, is the part of the request that is at fault."""
    if exc.headers is not None:
        resp.set_headers(exc.headers)
    where = "" if " " in exc.title else exc.title
    message = exc.description or ("there is nothing here" if exc.status_code == 404 else exc.title)
    answer(resp, exc.status_code, where, message)


def refused(req: falcon.Request, resp: falcon.Response, exc: ConfigError, params: dict[str, Any]) -> None:
    """What cannot be done as asked."""
    answer(resp, status_of(exc), exc.where, exc.problem)


def status_of(exc: ConfigError) -> int:
    """The status that says of which kind a refusal is."""
    taken = isinstance(exc.__cause__, OSError) and exc.__cause__.errno == errno.EADDRINUSE
    return STATUSES.get(type(exc), 409 if taken else 400)


def unexpected(req: falcon.Request, resp: falcon.Response, exc: Exception, params: dict[str, Any]) -> None:
    """A fault in Vaurien, or in a class of the user's own; the client is told nothing of it."""
    log.error("control API: %s %s raised %s", req.method, req.path, type(exc).__name__, exc_info=exc)
    answer(resp, 500, "", "a fault in Vaurien: its log has more")
