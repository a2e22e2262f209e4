"""The ``viewer`` hook: shows what passes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from vaurien.address import Address
from vaurien.call import Call
from vaurien.errors import ConfigError
from vaurien.hooks.base import Hook
from vaurien.hooks.message import Message
from vaurien.logs import arrow
from vaurien.options import Option, shown, words
from vaurien.protocols.base import Protocol
from vaurien.protocols.http import Http, with_headers
from vaurien.registry import nearest

SHOWN = 60
"""So many bytes of a payload are shown; of a longer one, the middle is left out."""


def printable(data: bytes, shown: int = SHOWN) -> str:
    """`data` as ASCII in quotes, what cannot be printed escaped, with the middle of a long one left out."""
    if len(data) <= shown:
        return repr(data)[1:]
    half = shown // 2
    return f"{repr(data[:half])[1:]}...{repr(data[-half:])[1:]}"


ITEMS: dict[str, Callable[[Call, bytes], Any]] = {
    "client": lambda call, data: Address.of(call.session.client_address),
    "name": lambda call, data: shown(call.message.name) if call.message else "none",
    "handler": lambda call, data: call.handler.name if call.handler else "none",
    "size": lambda call, data: len(data),
    "seconds": lambda call, data: f"{time.monotonic() - call.started_at:.3f}",
    "error": lambda call, data: type(call.error).__name__ if call.error else "none",
    "data": lambda call, data: printable(data),
}
"""What can be shown of a call, by name."""


def items(text: Any) -> tuple[str, ...]:
    """A list out of client, name, handler, size, seconds, error, data.

    The type of the option `items`.
    """
    names = words(text)
    for name in names:
        if name not in ITEMS:
            raise ValueError(f"unknown item {name!r}; {nearest(name, ITEMS)}")
    return names


class Viewer(Hook):
    """Writes a line for each call: proxy, session and direction, and the `items` that are asked for.

    ``client`` is the client's address, ``name`` what the protocol calls the request or reply (``GET /orders/7``,
    ``SET user:1``; ``none`` in plain tcp), ``handler`` who acted on the call, ``size`` and ``data`` what waited to be
    read when it began (up to 64 KiB), ``seconds`` how long it took, ``error`` what it raised. Calls whose data start
    with one of `blacklist` are left out.

    With `headers`, and where the protocol is http, replies tell their clients the same of the request that they answer:
    ``X-Vaurien-handler: delay``. Replies that Vaurien gives itself do not.

    With this hook every call is given to a handler, ``dummy`` included, so that
    nothing is relayed in the event loop.
    """

    name = "viewer"
    priority = 0.0
    options = {
        "items": Option("What to show, in this order", items, ("handler", "size", "seconds", "data")),
        "blacklist": Option("Leave out calls whose data start with one of these", words, ()),
        "headers": Option("Put the items of a request on its reply, as X-Vaurien-ITEM (http)", bool, False),
        "stream": Option("Where to write: stdout, stderr or a file's path, appended to", str, "stdout"),
    }

    def __init__(self, settings: Any = None, proxy: Any = None, stream: TextIO | None = None) -> None:
        """`stream` is any object with `write` and `flush`, in place of the option of that name; its owner closes it."""
        super().__init__(settings, proxy)
        self.given = stream
        self.opened: dict[str, TextIO] = {}
        _ = self.stream  # a file that cannot be written is found out now

    @property
    def stream(self) -> TextIO:
        """Where to write now: a file is opened when it is first named, and kept."""
        name: str = self.option("stream")
        if self.given is not None or name in ("stdout", "stderr"):
            return self.given or (sys.stdout if name == "stdout" else sys.stderr)
        if name not in self.opened:
            self.opened[name] = open_file(name)
        return self.opened[name]

    def close(self) -> None:
        for file in self.opened.values():
            file.close()

    def wants(self, point: str) -> bool:
        """Replies are changed only where that is asked for: filters have their price."""
        return point != "outgoing" or bool(self.option("headers"))

    def before(self, call: Call) -> None:
        call.vars[self] = call.data
        if call.to_backend and call.message is not None and self.option("headers"):
            call.session.vars.setdefault(self, {})[call.message] = call, call.vars[self]

    def outgoing(self, message: Message) -> Message:
        reply = self.call.message
        if message.to_backend or reply is None or reply.command == "1xx":
            return message
        call, data = self.call.session.vars.get(self, {}).pop(reply.request, (None, b""))
        protocol: Protocol = self.call.session.protocol
        if call is None or not isinstance(protocol, Http) or b"\r\n\r\n" not in message.data or self.hides(data):
            return message
        headers = {f"X-Vaurien-{name}": str(ITEMS[name](call, data)) for name in self.option("items")}
        return Message(with_headers(message.data, headers), message.to_backend)

    def hides(self, data: bytes) -> bool:
        """Whether a call with these data is one to leave out."""
        return data.startswith(tuple(prefix.encode() for prefix in self.option("blacklist")))

    def after(self, call: Call) -> None:
        data: bytes = call.vars.pop(self, b"")
        if self.hides(data):
            return
        shown = " ".join(f"{name}={ITEMS[name](call, data)}" for name in self.option("items"))
        where = f"{call.session.proxy.name} #{call.session.ordinal} {arrow(call.to_backend)}"
        with suppress(BrokenPipeError):  # who read the stream has gone
            stream = self.stream
            stream.write(f"{where} {shown}\n")
            stream.flush()


def open_file(name: str) -> TextIO:
    """The file called `name`, to append to. Raises `ConfigError` if it cannot be written."""
    try:
        return open(name, "a", encoding="utf-8")
    except OSError as exc:
        raise ConfigError("hook viewer", f"cannot write to {name}: {(exc.strerror or str(exc)).lower()}") from exc
