"""What an HTTP server says in the place of a reply: 4xx and 5xx (RFC 9110, 15.5 and 15.6)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from vaurien.protocols.base import Answer, Message
from vaurien.protocols.http.heads import HeadFields, header, keeps_alive

REASONS = {status.value: status.phrase for status in HTTPStatus}
# What these statuses must come with: RFC 9110, sections 15.5.2, 15.5.6, 15.5.8 and 15.5.22.
COMPANIONS = {
    "401": b'WWW-Authenticate: Basic realm="vaurien"\r\n',
    "405": b"Allow: \r\n",
    "407": b'Proxy-Authenticate: Basic realm="vaurien"\r\n',
    "426": b"Upgrade: HTTP/2.0\r\n",
}
TIMEOUT = "408"  # the server gives the connection up: RFC 9110, 15.5.9


def check_code(choice: str) -> None:
    """Raises `ValueError` if `choice` is no status that says an error."""
    if not (len(choice) == 3 and choice.isascii() and choice.isdigit() and choice[0] in "45"):
        raise ValueError(f"expected a status from 400 to 599, not {choice!r}")


def reason(code: str) -> str:
    """The words that go with a status; those of its class for one that has none of its own (RFC 9110, 15)."""
    return REASONS.get(int(code)) or ("Client Error" if code[0] == "4" else "Server Error")


def answer(request: Message, code: str, options: Mapping[str, Any]) -> Answer:
    """The reply of status `code` to `request`, and whether the connection ends then.

    It does if the request says so, and if the client waits for leave to send a body: whether it will send it after
    this is unknown, so a server gives up (RFC 9110, 10.1.1). The option `retry_after` (seconds, or a date as a text)
    adds the header of that name.
    """
    head = request.fields.head if isinstance(request.fields, HeadFields) else b""
    closes = code == TIMEOUT or not keeps_alive(head) or header(head, "expect") is not None
    line = f"{code} {reason(code)}"
    body = f"{line}\n".encode()
    lines = [
        f"HTTP/1.1 {line}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n".encode(),
        COMPANIONS.get(code, b""),
        retry_after(options.get("retry_after")),
        b"Connection: close\r\n\r\n" if closes else b"Connection: keep-alive\r\n\r\n",
    ]
    if request.command != "HEAD":
        lines.append(body)
    return Answer(b"".join(lines), closes)


def retry_after(value: Any) -> bytes:
    """The header line for a number of seconds (RFC 9110, 10.2.3: a whole one) or a text; nothing for None and ""."""
    if value is None or value == "":
        return b""
    words = str(math.ceil(value)) if isinstance(value, (int, float)) else str(value)
    return f"Retry-After: {words}\r\n".encode("latin-1", "replace")
