"""Routes: the addresses of the dialect."""

from __future__ import annotations

import secrets
from typing import Any

import falcon

from vaurien.control.toxiproxy import actions
from vaurien.control.toxiproxy.decoding import bad_body, decoded
from vaurien.control.toxiproxy.populate import PopulateFailed, populate
from vaurien.control.toxiproxy.refusal import Refusal, answer_refusal, line
from vaurien.control.toxiproxy.shapes import proxy_shape, toxic_shape, toxic_shapes
from vaurien.version import TOXIPROXY


class Resource:
    """What all addresses of the dialect have in common."""

    def __init__(self, control: Any) -> None:
        self.live = control.live

    def meet(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Before each request that a method serves. Raises `Refusal`."""
        resp.set_header("X-Toxiproxy-Request-Id", secrets.token_hex(10))
        if req.user_agent and req.user_agent.startswith("Mozilla/"):
            raise Refusal(403, "User agent not allowed", plain=True)

    def refuse_method(self, resp: falcon.Response, allowed: list[str]) -> Exception:
        """What is raised for a method that there is not. The header is RFC 9110's; Toxiproxy leaves it out."""
        resp.set_header("Allow", ", ".join(allowed))
        return Refusal(405)

    def answer(self, resp: falcon.Response, answer: Any, status: str = falcon.HTTP_200) -> None:
        resp.status = status
        resp.content_type = falcon.MEDIA_JSON
        resp.text = line(answer)

    def answer_proxy(self, resp: falcon.Response, proxy: str, status: str = falcon.HTTP_200) -> None:
        actions.settings(self.live, proxy)
        self.answer(resp, proxy_shape(self.live, proxy), status)

    def answer_toxic(self, resp: falcon.Response, proxy: str, toxic: str) -> None:
        settings = actions.settings(self.live, proxy)
        self.answer(resp, toxic_shape(actions.toxic_of(settings, toxic)))


class Version(Resource):
    """``/version``."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.text = f'{{"version": "{TOXIPROXY}"}}\n'  # to the blank: a client may show it as it came
        resp.content_type = "application/json;charset=utf-8"


class Proxies(Resource):
    """``/proxies``."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self.answer(resp, {name: proxy_shape(self.live, name) for name in sorted(self.live.daemon.settings.proxies)})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        proxy = actions.create(self.live, sent(req))
        self.answer_proxy(resp, proxy, falcon.HTTP_201)


class OneProxy(Resource):
    """``/proxies/{proxy}``."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, proxy: str) -> None:
        self.answer_proxy(resp, proxy)

    def on_post(self, req: falcon.Request, resp: falcon.Response, proxy: str) -> None:
        actions.update(self.live, proxy, sent(req))
        self.answer_proxy(resp, proxy)

    on_patch = on_post

    def on_delete(self, req: falcon.Request, resp: falcon.Response, proxy: str) -> None:
        actions.delete(self.live, proxy)
        resp.status = falcon.HTTP_204


class Toxics(Resource):
    """``/proxies/{proxy}/toxics``."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, proxy: str) -> None:
        self.answer(resp, toxic_shapes(actions.settings(self.live, proxy)))

    def on_post(self, req: falcon.Request, resp: falcon.Response, proxy: str) -> None:
        toxic = actions.add_toxic(self.live, proxy, sent(req))
        self.answer_toxic(resp, proxy, toxic)


class OneToxic(Resource):
    """``/proxies/{proxy}/toxics/{toxic}``."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, proxy: str, toxic: str) -> None:
        self.answer_toxic(resp, proxy, toxic)

    def on_post(self, req: falcon.Request, resp: falcon.Response, proxy: str, toxic: str) -> None:
        actions.update_toxic(self.live, proxy, toxic, sent(req))
        self.answer_toxic(resp, proxy, toxic)

    on_patch = on_post

    def on_delete(self, req: falcon.Request, resp: falcon.Response, proxy: str, toxic: str) -> None:
        actions.remove_toxic(self.live, proxy, toxic)
        resp.status = falcon.HTTP_204


class Populate(Resource):
    """``/populate``."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            proxies = populate(self.live, decoded(sent(req)))
        except (PopulateFailed, Refusal) as exc:
            refusal, made = (exc.refusal, exc.proxies) if isinstance(exc, PopulateFailed) else (exc, None)
            status = falcon.code_to_http_status(refusal.status)
            self.answer(resp, {"error": refusal.message, "status": refusal.status, "proxies": made}, status)
            return
        self.answer(resp, {"proxies": proxies or None}, falcon.HTTP_201)


class Reset(Resource):
    """``/reset``."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        actions.reset(self.live)
        resp.status = falcon.HTTP_204


class Nothing(Resource):
    """Below these addresses, where there is nothing."""

    def refuse_method(self, resp: falcon.Response, allowed: list[str]) -> Exception:
        return Refusal(404, "404 page not found", plain=True)


def sent(req: falcon.Request) -> bytes:
    """The body of a request. Raises `Refusal` for one that is too large, too slow or broken."""
    try:
        return req.stream.read()
    except falcon.HTTPError as exc:
        raise bad_body(exc.description or exc.title, exc.status_code) from exc


def add_routes(app: falcon.App[Any, Any], control: Any) -> None:
    """Adds them all, and the form that the dialect's errors have."""
    app.add_error_handler(Refusal, answer_refusal)
    nothing = Nothing(control)
    for path, resource in {
        "/version": Version(control),
        "/proxies": Proxies(control),
        "/proxies/{proxy}": OneProxy(control),
        "/proxies/{proxy}/toxics": Toxics(control),
        "/proxies/{proxy}/toxics/{toxic}": OneToxic(control),
        "/populate": Populate(control),
        "/reset": Reset(control),
    }.items():
        app.add_route(path, resource)
        app.add_route(f"{path}/", nothing)
