"""Bound: where a proxy has listened, by what it was told, so that it comes back to the port that clients know."""

from __future__ import annotations

import logging
import socket
from typing import Any

from vaurien import listener
from vaurien.address import Address
from vaurien.errors import ConfigError

log = logging.getLogger("vaurien.proxy")

MOST = 100
"""So many addresses are remembered (chosen arbitrarily)."""


class Bound:
    """For each `local` of one proxy, the address of the socket that it got: a number, and a port that is not 0."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._known: dict[Address, Address] = {}

    def __contains__(self, local: Address) -> bool:
        return local in self._known

    def note(self, local: Address, name: Any) -> None:
        """It listens on `local`, which is `name` to the socket."""
        self._known.pop(local, None)
        self._known[local] = Address.of(name)
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def of(self, local: Address) -> Address:
        """Where it has listened when it was told `local`, or is to, if it never has."""
        return self._known.get(local, local)

    def listen(self, local: Address, where: str, back: bool = False) -> socket.socket:
        """A socket that listens there again. Unless it is to be `back` where it was, another address will do for port 0
        and for a name, and the log says so. Raises `ConfigError` that names `where`."""
        known = self.of(local)
        try:
            return listener.listen(known, where)
        except ConfigError as exc:
            if back or known == local:
                raise
            sock = listener.listen(local if local.port or local.path else Address(known.host), where)
            self._say(exc, f"it listens on {Address.of(sock.getsockname())} instead")
            return sock

    def check(self, local: Address, where: str) -> None:
        """Raises `ConfigError` that names `where` if `local` leaves the port open, and the one that it had is taken."""
        if local in self._known and not (local.port or local.path):
            listener.listen(self._known[local], where).close()

    def forget_if_taken(self, local: Address) -> None:
        """Another port will do from now on, if `local` leaves it open and the one that it had is taken."""
        try:
            self.check(local, "")
        except ConfigError as exc:
            del self._known[local]
            self._say(exc, "it may listen on another port")

    def _say(self, exc: ConfigError, instead: str) -> None:
        log.warning("%s: %s", exc.problem.partition(";")[0], instead, extra={"proxy": self.name})
