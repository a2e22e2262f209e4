"""Shared: what all proxies of one daemon have in common."""

from __future__ import annotations

from gevent import get_hub

from vaurien.clock import Clock
from vaurien.cutting import Cutting
from vaurien.departure import Departures
from vaurien.events import Events
from vaurien.pipes import PipePool
from vaurien.tls.authority import Authority
from vaurien.tls.tunnels import Tunnels
from vaurien.volley import Volley
from vaurien.workers import Workers


class Shared:
    """Belongs to the thread, and so to the hub, in which it is made; the daemon closes it."""

    def __init__(self) -> None:
        self.loop = loop = get_hub().loop
        self.pipes = PipePool()
        self.departures = Departures(loop)
        self.workers = Workers()
        self.clock = Clock(loop)
        self.cutting = Cutting(self.clock)
        self.events = Events()
        self.tunnels = Tunnels()
        self.authority = Authority()
        self.volley = Volley.make()

    def close(self) -> None:
        """Ends all that waits in it."""
        self.tunnels.close()
        self.pipes.close()
        self.departures.close()
        self.workers.close()
        self.clock.close()
        self.authority.close()
