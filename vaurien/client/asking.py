"""Asking: what all calls of the client stand on."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from vaurien.client.answers import Info
from vaurien.client.errors import ClientError, Conflict, NotFound
from vaurien.client.exchange import Answer, Exchange
from vaurien.client.place import Place

URL = "http://127.0.0.1:8080"


class Asking:
    """Where the daemon is, and a request to it."""

    _how_to_say = ""
    """How its user names a proxy, for the message that asks for it."""

    def __init__(self, url: str = URL, token: str | None = None, timeout: float = 10.0) -> None:
        """`url` is ``http://HOST:PORT`` or ``unix:/PATH``, as the daemon prints it at its start. `token` is what its
        ``--http-token-file`` holds. `timeout` is how long the daemon may be silent, in seconds. Raises `ValueError` for
        what cannot be; whether a daemon is there shows at the first call."""
        if timeout <= 0:
            raise ValueError(f"a timeout of {timeout!r} seconds is none: more than 0 is needed")
        if token is not None and not (token.isascii() and token.isprintable() and token and " " not in token):
            raise ValueError("a token is a word of ASCII characters")  # its value is a secret
        self._exchange = Exchange(Place.parse(url), token, timeout)

    def request(self, method: str, path: str, body: Any = None, *, expected: str | None = None) -> Answer:
        """The answer to a request of any kind; the way to what this client has no method for. `body` is sent as JSON,
        unless it is None; `expected` is an etag that must hold still. Raises `ClientError`."""
        return self._exchange.ask(method, path, body, {} if expected is None else {"If-Match": expected})

    def info(self) -> Info:
        """Version, seed, uptime and the names of the proxies."""
        return Info.of(self.request("GET", "/v1").body)

    def only_proxy(self) -> str:
        """The name of the proxy, if there is no more than one. Raises `NotFound` or `Conflict`, which lists them."""
        names = self.info().proxies
        if not names:
            raise NotFound(None, "proxy", "the daemon has none yet")
        if len(names) > 1:
            shown = ", ".join(repr(name) if " " in name else name for name in names)
            raise Conflict(None, "proxy", f"say which one{self._how_to_say}: the daemon has {shown}")
        return names[0]

    def path_of(self, proxy: str | None, *parts: str) -> str:
        """The path of a proxy, or of what it has; None for the only one."""
        name = self.only_proxy() if proxy is None else proxy
        return "/".join(["/v1/proxies", quote(name, safe=""), *parts])

    def listed(self, path: str, key: str) -> list[Any]:
        """The objects that a path lists. Raises `ClientError`."""
        body = self.request("GET", path).body
        found = body.get(key) if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise ClientError(None, "", f"the answer to GET {path} has no list of {key}")
        return found
