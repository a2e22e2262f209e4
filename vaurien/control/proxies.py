"""Proxies: reading and changing them over the native API."""

from __future__ import annotations

from urllib.parse import quote

import falcon

from vaurien.control.body import json_object
from vaurien.control.live import Live
from vaurien.control.shapes import behavior_shape, proxy_shape


class Proxies:
    """All proxies."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"proxies": [proxy_shape(self.live, name) for name in list(self.live.daemon.proxies)]}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        name = self.live.create(json_object(req))
        resp.status = falcon.HTTP_201
        resp.set_header("Location", f"/v1/proxies/{quote(name, safe='')}")
        _answer(resp, self.live, name)


class OneProxy:
    """One proxy."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        _answer(resp, self.live, name)

    def on_patch(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self.live.change(name, json_object(req), req.get_header("If-Match"))
        _answer(resp, self.live, name)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self.live.delete(name, req.get_header("If-Match"))
        resp.status = falcon.HTTP_204


class OneBehavior:
    """The behavior of one proxy, with the options of its handlers."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        resp.media = behavior_shape(self.live, name)
        resp.set_header("ETag", self.live.etag(name))

    def on_put(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self.live.set_behavior(name, json_object(req), req.get_header("If-Match"))
        self.on_get(req, resp, name)


class OneHold:
    """A behavior that holds until it is released."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def on_delete(self, req: falcon.Request, resp: falcon.Response, name: str, hold: str) -> None:
        number = int(hold) if hold.isascii() and hold.isdigit() and len(hold) < 20 else -1
        self.live.release(name, number, req.get_header("If-Match"))
        resp.media = behavior_shape(self.live, name)
        resp.set_header("ETag", self.live.etag(name))


def _answer(resp: falcon.Response, live: Live, name: str) -> None:
    resp.media = proxy_shape(live, name)
    resp.set_header("ETag", live.etag(name))
