"""The handler's contract: what `BaseHandler` gives to a class that derives from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gevent.socket import socket

from vaurien import call as calls
from vaurien.call import Call
from vaurien.match import Match, match
from vaurien.options import Option, OptionValues, declared, direction

COMMON = {
    "direction": direction("both"),
    "match": Option("The calls that it is limited to", match, Match()),
}
"""The options that every handler has."""
CHUNK = 65536
"""The most that one read takes, in bytes."""


class BaseHandler:
    """Acts on one call: gets what one peer sent, and decides what the other gets, and when.

    A class need not derive from this one: anything with the same `__call__` serves, a plain function too.
    `name` is what users type. `options` maps an option's name to ``(description, type, default)``; on an instance
    it holds the values, as a mapping that can also be called: ``self.options("sleep")``.
    """

    name: ClassVar[str] = ""
    options: Any = {}
    protocols: ClassVar[tuple[str, ...]] = ()
    """The protocols that it is made for, by name; empty if it is for all, and for plain tcp. A behavior that names it
    for a proxy that speaks another is refused."""
    in_loop: ClassVar[bool] = False
    """True tells the engine that it may relay the bytes itself instead of calling, where no hook wraps the call; if the
    class has a method ``pause(call)``, only after so many seconds as that returns. A subclass has to say so anew."""
    every_piece: ClassVar[bool] = False
    """Where a protocol is known, a call is a message. Of one that is longer than 64 KiB the handler gets the first
    64 KiB, and the rest passes, or is dropped with a request that was answered in the backend's place. True asks for
    all of it, in pieces of 64 KiB: each is a call of this handler's."""

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        """`settings` are the values of the options that were set; `proxy` is the proxy that this instance serves."""
        if not isinstance(settings, OptionValues):
            settings = OptionValues(declared(type(self), self.name, COMMON), settings or {})
        self.settings = settings
        self.options = settings
        self.proxy = proxy

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> bool | None:
        """Acts on one call, for which at least one byte waits on the client's socket if `to_backend`, else on the
        backend's; if it reads none, the same bytes make the next call, a moment later.

        Returns None or True to go on, False to end the session. An exception ends it too, and is logged.
        """
        raise NotImplementedError(f"handler {self.name!r} has no __call__")

    def option(self, name: str) -> Any:
        """The value of the option called `name`."""
        return self.options(name)

    def acts_on(self, to_backend: bool) -> bool:
        """Whether calls of this direction are this handler's at all; those that are not go to ``dummy``."""
        direction = self.options("direction")
        return bool(direction == "both" or (direction == "to_backend") == to_backend)

    @property
    def call(self) -> Call:
        """The call that is being acted on: its session, ordinal and source of chance."""
        return calls.current.get()

    def _get_data(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> bytes:
        """Reads what waits, up to 64 KiB. Empty means that the peer has sent all it will ever send."""
        data: bytes = (client_sock if to_backend else backend_sock).recv(CHUNK)
        return data

    def _send_data(self, client_sock: socket, backend_sock: socket, to_backend: bool, data: bytes) -> None:
        """Sends `data`, which may be empty, to where this call's data was going; waits until all of it is sent."""
        if data:
            (backend_sock if to_backend else client_sock).sendall(data)

    def sleep(self, seconds: float) -> None:
        """Waits `seconds`, never less, and hardly more: `gevent.sleep` may be a few milliseconds late, or early."""
        if seconds > 0:
            self.proxy.shared.clock.sleep(seconds)
