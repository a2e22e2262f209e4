"""The session handler's contract: what `SessionHandler` gives to a class that derives from it."""

from __future__ import annotations

import random
import ssl
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from gevent.socket import socket

from vaurien.match import Match, match
from vaurien.options import Option, OptionValues, declared

KEYS = ("client", "session")
"""What a match can look at before a session has said anything."""


def session_match(value: Any) -> Match:
    """A match such as ``client:10.0.0.0/8 session:3-5``.

    The type of the option. Raises `ValueError` that says where what is wrong.
    """
    found = match(value, "client:10.0.0.0/8 session:3-5")
    for term in found.terms:
        if term.key not in KEYS:
            raise ValueError(
                f"unknown key {term.key!r} at character {term.place}: a session as a whole has {', '.join(KEYS)}"
            )
    return found


COMMON = {
    "match": Option("The sessions that it is limited to", session_match, Match()),
}
"""The options that every session handler has."""


class NewSession(Protocol):
    """What a session handler gets: a session (`vaurien.session.Session`) that has a client, and no backend yet.

    `ordinal` is 1, 2, 3… per proxy, in accept order; `client_address` is the address of the client's socket as Python
    has it. A `tls_context` that is set is what the client's TLS is done with, instead of the proxy's own, where the
    proxy speaks TLS with its clients: it does so after the session handler.
    """

    proxy: Any
    ordinal: int
    client_address: Any
    tls_context: ssl.SSLContext | None

    @property
    def client_sock(self) -> socket:
        """The client's connection as a gevent socket: raw, as it was accepted. What is read from it here reaches
        nobody else."""

    @property
    def vars(self) -> dict[Any, Any]:
        """What hooks and handlers want to remember of this session, under keys of their own."""

    def random(self, purpose: str) -> random.Random:
        """The source of all chance for this session: the same seed, proxy, session and purpose draw the same again."""

    def reset_client(self) -> None:
        """Closes the client's connection with a reset: it sees "connection reset by peer". The session then ends."""

    def close_client(self) -> None:
        """Closes the client's connection in good order, though it may have said more than was read. The session then
        ends."""

    def wait_departure(self) -> None:
        """Blocks the calling greenlet until the client has closed, half-closed or reset its connection."""


class SessionHandler:
    """Acts on a session as a whole, before anything else does: no hook knows of it yet, and no backend.

    A class need not derive from this one: anything with the same `__call__` serves, a plain function too.
    `name` is what users type. `options` maps an option's name to ``(description, type, default)``; on an instance
    it holds the values, as a mapping that can also be called: ``self.options("sleep")``. One instance serves all
    sessions of its proxy, several of them at the same time.
    """

    name: ClassVar[str] = ""
    options: Any = {}

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        """`settings` are the values of the options that were set; `proxy` is the proxy that this instance serves."""
        if not isinstance(settings, OptionValues):
            settings = OptionValues(declared(type(self), self.name, COMMON), settings or {})
        self.settings = settings
        self.options = settings
        self.proxy = proxy

    def __call__(self, session: NewSession) -> bool | None:
        """Acts on one session, in a greenlet of its own, where it may block.

        Returns None or True and the session goes on as ever; False ends it in good order. An exception is logged, and
        resets the client. A client that leaves meanwhile ends the session, and with it this greenlet, at once: one
        that has reset its connection, or has closed it and left nothing to be read. One that has said something and
        then closed may only have half-closed, and wait for an answer.
        """
        raise NotImplementedError(f"session handler {self.name!r} has no __call__")

    def option(self, name: str) -> Any:
        """The value of the option called `name`."""
        return self.options(name)

    def sleep(self, seconds: float) -> None:
        """Waits `seconds`, never less, and hardly more: `gevent.sleep` may be a few milliseconds late, or early."""
        if seconds > 0:
            self.proxy.shared.clock.sleep(seconds)
