"""Control: the control API of one daemon, from start to stop."""

from __future__ import annotations

import ipaddress
import logging
import time

from vaurien import listener
from vaurien.address import Address
from vaurien.control.app import make_app
from vaurien.control.limits import Limits
from vaurien.control.live import Live
from vaurien.control.server import Server
from vaurien.control.toxiproxy.file import populate_from
from vaurien.daemon import Daemon
from vaurien.settings import DaemonSettings, HttpSettings

log = logging.getLogger("vaurien.control")


class Control:
    """Belongs to the daemon's thread, and so to its hub.

    `live` makes the changes; `requests` counts them by the template of their route and the status of their answer;
    `address` is where it listens, with the real port; `started_at` is by the monotonic clock.
    """

    def __init__(self, daemon: Daemon, settings: HttpSettings, limits: Limits | None = None) -> None:
        self.daemon = daemon
        self.settings = settings
        self.limits = limits or Limits()
        self.live = Live(daemon)
        self.address: Address = settings.address
        self.started_at = time.monotonic()
        self.requests: dict[tuple[str, int], int] = {}
        self._server: Server | None = None

    def start(self) -> None:
        """Listens and serves. The daemon must have started. Raises `ConfigError`, and then nothing listens."""
        app = make_app(self)
        sock = listener.listen(self.settings.address, self.settings.place)
        self.address = Address.of(sock.getsockname())
        self._server = Server(sock, app, self.limits)
        self._server.start()
        self._warn()

    def populate_from(self, path: str) -> None:
        """Makes the proxies that a file of Toxiproxy's lists. Raises `ConfigError`; those before the wrong one stay."""
        populate_from(self.live, path)

    def _warn(self) -> None:
        """Says what an operator may not have meant."""
        if self.settings.token is None and not is_local(self.address):
            log.warning("control API on %s without a token: whoever reaches it can change everything", self.address)
        if self.settings.token_exposed:
            log.warning("control API: others than its owner can read %s", self.settings.token_file)

    def reload(self, settings: DaemonSettings) -> None:
        """Other settings from the operator; the control API itself stays as it is. Raises `ConfigError`, and then
        nothing has changed."""
        self.live.reload(settings)
        if settings.http != self.settings:
            log.warning("control API: its settings have changed, which holds when the daemon starts again")

    def stop(self) -> None:
        """Closes all connections and stops listening; changes that hold for a while hold on. Blocks for a moment at
        most."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()


def is_local(address: Address) -> bool:
    """Whether only programs on this machine can reach an address."""
    return bool(address.path) or ipaddress.ip_address(address.host.partition("%")[0]).is_loopback
