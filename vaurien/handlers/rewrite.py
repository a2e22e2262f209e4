"""The ``rewrite`` handler: another answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gevent.socket import socket

from vaurien.errors import ConfigError
from vaurien.handlers.base import BaseHandler
from vaurien.options import Option, direction
from vaurien.protocols.base import Answer
from vaurien.protocols.http import BODILESS, check_headers, rewritten, with_new_head

END_OF_HEAD = b"\r\n\r\n"
MOST = 1 << 20
"""More than waits of a reply, in bytes."""


def status(value: Any) -> int:
    """A status from 200 to 599, or 0.

    The type of the option `status`.
    """
    number = int(str(value))
    if number and not 200 <= number <= 599:
        raise ValueError(f"expected a status from 200 to 599, or 0 to leave it, not {value!r}")
    return number


def header_lines(value: Any) -> str:
    """Lines such as Cache-Control: no-store.

    The type of the option `headers`: a text of one header a line, or a list of them.
    """
    lines = value if isinstance(value, str) else "\n".join(value)
    check_headers(parsed(lines))
    return "\n".join(filter(None, map(str.strip, lines.splitlines())))


@lru_cache(maxsize=64)
def parsed(lines: str) -> Mapping[str, str | None]:
    """The value for each name, None where there is none. Raises `ValueError`."""
    headers: dict[str, str | None] = {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"expected one header a line, written NAME: VALUE, not {line!r}")
        headers[name.strip()] = value.strip() or None
    return headers


class Rewrite(BaseHandler):
    """Another answer than the backend's: its status, some of its headers, or its body is replaced.

    What no option says stays as it was, and the reply's length is right in any case. A header without a value is taken
    out. A new body is sent as it is, without any compression; what it is, `headers` may say (``Content-Type``). A reply
    with another body is sent at once, and what the backend still says of the old one is dropped; other long replies
    stream.

    Only for ``http``. Requests, and replies with a status of 1xx, pass.
    """

    name = "rewrite"
    options = {
        "status": Option("Another status; 0 leaves it", status, 0),
        "headers": Option(
            "Headers to set, one a line: NAME: VALUE; one without a value is taken out", header_lines, ""
        ),
        "body": Option("Another body; nothing leaves it", str, ""),
        "body_file": Option("The file with another body, where body says nothing", str, ""),
        "direction": direction("to_client"),
    }
    protocols = ("http",)

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        self._read: dict[str, bytes] = {}
        _ = self.body  # a file that cannot be read is found out now

    @property
    def body(self) -> bytes | None:
        """What replaces the body, None if it stays. A file is read once, when it is first named."""
        text, name = self.option("body"), self.option("body_file")
        if text or not name:
            return text.encode() if text else None
        if name not in self._read:
            try:
                with open(name, "rb") as file:
                    self._read[name] = file.read()
            except OSError as exc:
                problem = f"cannot read {name}: {(exc.strerror or str(exc)).lower()}"
                raise ConfigError(f"handler {self.name}, option body_file", problem) from exc
        return self._read[name]

    def acts_on(self, to_backend: bool) -> bool:
        """Replies."""
        return not to_backend

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        message, whole = self.call.message, self.call.whole
        if message is None or message.to_backend or message.command == "1xx":
            data = self._get_data(client_sock, backend_sock, to_backend)
            self._send_data(client_sock, backend_sock, to_backend, data)
            return
        data, body = backend_sock.recv(MOST), self.body
        if not data.startswith(b"HTTP/") or END_OF_HEAD not in data:  # a further piece: hooks that filter see each
            self._send_data(client_sock, backend_sock, to_backend, data)
            return
        wanted, headers = self.option("status") or None, parsed(self.option("headers"))
        bodiless = (wanted or int(data[9:12])) in BODILESS
        to_head = message.request is not None and message.request.command == "HEAD"
        if whole or body is not None or bodiless:
            data = rewritten(data, wanted, headers, body, to_head)
            if not whole:
                self.call.answer(Answer(data))  # what still comes of the old body is dropped
                return
        else:
            data = with_new_head(data, wanted, headers)
        self._send_data(client_sock, backend_sock, to_backend, data)
