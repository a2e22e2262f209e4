"""The client: all that a daemon's control API can do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from vaurien.client.errors import ClientError
from vaurien.client.event_stream import EventStream
from vaurien.client.old_calls import OldCalls
from vaurien.client.proxy_calls import ProxyCalls
from vaurien.client.script_calls import ScriptCalls
from vaurien.client.session_calls import SessionCalls
from vaurien.client.toxic_calls import ToxicCalls


class Client(ProxyCalls, OldCalls, ToxicCalls, SessionCalls, ScriptCalls):
    """Drives a running daemon by its control API: ``Client("http://127.0.0.1:8080")``, ``Client("unix:/run/v.sock")``.

    Threads may share one. It holds nothing open, so there is nothing to close. Every call may raise `ClientError`: a
    refusal of the daemon's, or `Unreachable`. A proxy may be left unnamed where there is only one.
    """

    def events(self, proxy: str | None = None, types: Iterable[str] = ()) -> EventStream:
        """What happens from now on, as an iterator: of one proxy, or of all; of these types, or of all. The caller
        closes it, best by ``with``."""
        query = [] if proxy is None else [("proxy", proxy)]
        query += [("type", type) for type in types]
        path = "/v1/events" + (f"?{urlencode(query)}" if query else "")
        return EventStream(self._exchange.begin("GET", path, headers={"Accept": "text/event-stream"}))

    def healthy(self) -> bool:
        """Whether the daemon says that it is well. Raises `Unreachable` if it says nothing."""
        body = self.request("GET", "/healthz").body
        return isinstance(body, dict) and body.get("status") == "ok"

    def metrics(self) -> str:
        """The metrics, as Prometheus reads them."""
        return str(self.request("GET", "/metrics").body)

    def openapi(self) -> dict[str, Any]:
        """The description of the API, as OpenAPI has it."""
        body = self.request("GET", "/v1/openapi.json").body
        if not isinstance(body, dict):
            raise ClientError(None, "", "the description of the API is no JSON object")
        return body
