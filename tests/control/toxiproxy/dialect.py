"""Requests in Toxiproxy's dialect, and what a client reads from the answers."""

from __future__ import annotations

import json
import socket
from typing import Any, NamedTuple

from tests.control.controlled import Controlled
from tests.running import DEADLINE

TEXT = "text/plain; charset=utf-8"


class Said(NamedTuple):
    """The status, and the JSON of the body whatever it is called; None where there is no body."""

    status: int
    json: Any


class Dialect:
    """A client of one daemon."""

    def __init__(self, api: Controlled) -> None:
        self.api = api

    def say(self, method: str, path: str, body: Any = None) -> Said:
        answer = self.api.ask(method, path, body)
        return Said(answer.status, json.loads(answer.body) if answer.body else None)

    def error(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and message of a refusal, whose form is checked."""
        answer = self.api.ask(method, path, body)
        assert answer.headers["content-type"] == TEXT and answer.headers["x-content-type-options"] == "nosniff"
        said = json.loads(answer.body)
        assert answer.body == json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        assert list(said) == ["error", "status"] and said["status"] == answer.status
        return answer.status, said["error"]

    def make(self, name: str = "one", upstream: Any = ("127.0.0.1", 9), **more: Any) -> Any:
        """A new proxy on a free port."""
        host, port = upstream
        body = {"name": name, "upstream": f"{host}:{port}", "listen": "127.0.0.1:0", **more}
        status, proxy = self.say("POST", "/proxies", body)
        assert status == 201, proxy
        return proxy

    def toxic(self, kind: str, proxy: str = "one", **more: Any) -> Any:
        """A new toxic; what is not a toxic's own field is an attribute."""
        fields = {key: more.pop(key) for key in ("name", "stream", "toxicity") if key in more}
        status, toxic = self.say("POST", f"/proxies/{proxy}/toxics", {"type": kind, **fields, "attributes": more})
        assert status == 200, toxic
        return toxic

    def connect(self, proxy: Any) -> socket.socket:
        """A client of a proxy, by what was said of it; the caller closes it."""
        host, _, port = proxy["listen"].rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), DEADLINE)
