"""Refusal: how the dialect says that something cannot be done, in Toxiproxy's words."""

from __future__ import annotations

import errno
import json
import re
import socket
from typing import Any

import falcon

from vaurien import listener
from vaurien.address import Address
from vaurien.control.refusals import NameTaken, UnknownProxy
from vaurien.errors import ConfigError

LISTENING = re.compile(r"cannot listen on (?P<address>unix:.+?|\S+): ")
"""How the listener's error begins."""
PATH = re.compile(r"^toxics\.(?:.*\.(?=attributes\b|toxicity$|name$)|\d+\.)?", re.DOTALL)
"""The way to a toxic in a body of the native API, which no client of the dialect has sent."""
WORDS = {"distant": "upstream", "local": "listen"}
"""What the dialect calls what is called otherwise here."""
REASONS = {errno.EADDRNOTAVAIL: "cannot assign requested address"}
"""Go's words for a system error, where they are not the system's own."""


class Refusal(Exception):
    """An answer of `status` with `message`; without a message it has no body. One that is `plain` is no JSON. `more` is
    what Toxiproxy does not say, and the reader of a file is told."""

    def __init__(self, status: int, message: str = "", plain: bool = False, more: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.plain = plain
        self.more = more

    def body(self) -> str:
        return f"{self.message}\n" if self.plain else line({"error": self.message, "status": self.status})


def line(answer: Any) -> str:
    """An answer as JSON, as Go writes it."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n"


def answer_refusal(req: falcon.Request, resp: falcon.Response, exc: Refusal, params: dict[str, Any]) -> None:
    """JSON that says it is text: what Toxiproxy's clients get used to."""
    resp.status = falcon.code_to_http_status(exc.status)
    if exc.message:
        resp.content_type = "text/plain; charset=utf-8"
        resp.text = exc.body()


def refusal_of(exc: ConfigError) -> Refusal:
    """What Toxiproxy says where Vaurien says `exc`."""
    if isinstance(exc, UnknownProxy):
        return Refusal(404, "proxy not found")
    if isinstance(exc, NameTaken):
        return Refusal(409, "proxy already exists")
    cause = exc.__cause__
    found = LISTENING.match(exc.problem)
    if isinstance(cause, OSError) and found:
        return Refusal(500, f"listen {_reason(cause, found['address'])}")
    if exc.where == "local":
        return Refusal(500, f"listen tcp: {exc.problem}")
    return Refusal(400, str(ConfigError(WORDS.get(exc.where) or PATH.sub("", exc.where), exc.problem)))


def _reason(exc: OSError, address: str) -> str:
    reason = REASONS.get(exc.errno or 0) or (exc.strerror or str(exc)).lower()
    if address.startswith("unix:"):
        return f"unix {address.removeprefix('unix:')}: bind: {reason}"
    if isinstance(exc, socket.gaierror):
        return f"tcp: lookup {address.rpartition(':')[0]}: no such host"
    numbers = listener.resolve(Address.parse(address))
    return f"tcp {address if numbers is None else Address.of(numbers)}: bind: {reason}"
