"""Classic request: which proxy a request of the old dialect is for, what is in its body, and how it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import falcon

from vaurien.control.body import parsed
from vaurien.errors import ConfigError
from vaurien.proxy import Proxy
from vaurien.registry import nearest
from vaurien.sections import DEFAULT_PROXY

LIKE_JSON = re.compile(r'[{\["]|(-?[\d.eE+-]+|null|true|false)$')
"""What was meant as JSON, and not as the name of a handler or as weights."""


class Wrong(Exception):
    """A request that cannot be served: the part at fault is called `name` and stands in `location`."""

    def __init__(self, name: str, description: str, location: str = "body") -> None:
        super().__init__(description)
        self.error = {"location": location, "name": name, "description": description}


def answer_wrong(req: falcon.Request, resp: falcon.Response, exc: Wrong, params: dict[str, Any]) -> None:
    """The answer of old to a request that was wrong."""
    resp.status = falcon.HTTP_400
    resp.content_type = falcon.MEDIA_JSON
    resp.media = {"status": "error", "errors": [exc.error]}


def proxy_of(req: falcon.Request, control: Any) -> str:
    """The name of the proxy that the request is for: ``?proxy=NAME``, the only one, or the one called ``default``.

    Raises `Wrong` if there is none.
    """
    proxies: Mapping[str, Proxy] = control.daemon.proxies
    asked = req.get_param("proxy")
    if asked is not None:
        if asked in proxies:
            return asked
        known = nearest(asked, proxies) if proxies else "there is none yet"
        raise Wrong("proxy", f"there is no proxy {asked!r}; {known}", "querystring")
    if len(proxies) == 1:
        return next(iter(proxies))
    if DEFAULT_PROXY in proxies:
        return DEFAULT_PROXY
    if proxies:
        raise Wrong("proxy", "there are several proxies: add ?proxy=NAME, or use /v1/proxies", "querystring")
    raise Wrong("proxy", "there is no proxy yet: create one by POST /v1/proxies", "querystring")


def body_of(req: falcon.Request) -> dict[str, Any]:
    """The body as a JSON object, whatever its type is said to be. Raises `Wrong`."""
    return json_object(req.stream.read())


def name_in_body(req: falcon.Request) -> dict[str, Any]:
    """The same where a name in plain text stands for ``{"name": …}``. Raises `Wrong`."""
    data: bytes = req.stream.read()
    text = data.decode(errors="replace").strip()
    if not text or LIKE_JSON.match(text):
        return json_object(data)
    return {"name": text}


def json_object(data: bytes) -> dict[str, Any]:
    """Raises `Wrong`."""
    try:
        return parsed(data)
    except ConfigError as exc:
        raise Wrong("", f"the value is not a valid json object: {exc.problem}") from exc
