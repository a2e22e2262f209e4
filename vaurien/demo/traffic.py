"""Traffic: several clients that ask all the time, in turn directly and through the proxy."""

from __future__ import annotations

import gevent
from gevent.event import Event

from vaurien.address import Address
from vaurien.demo.client import TIMEOUT, ask
from vaurien.demo.tally import Tally

CLIENTS = 24
PAUSE = 0.02
"""How long a client rests after each request, in seconds. Without a rest all would wait for the processor, and the
histogram would show that queue in place of the network and the proxy."""


class Traffic:
    """`direct` and `through` tell what came of the requests to the backend and to the proxy."""

    def __init__(self, backend: Address, proxy: Address) -> None:
        self.direct = Tally()
        self.through = Tally()
        self._routes = ((backend, self.direct), (proxy, self.through))
        self._stopping = Event()
        self._clients: list[gevent.Greenlet[..., None]] = []

    def start(self) -> None:
        """The clients begin one after the other, so that they do not go in step."""
        for number in range(CLIENTS):
            start = number * PAUSE / CLIENTS
            self._clients.append(gevent.spawn_later(start, self._ask_on, number))

    def _ask_on(self, turn: int) -> None:
        while not self._stopping.wait(PAUSE):
            address, tally = self._routes[turn % 2]
            tally.add(ask(address))
            turn += 1

    def stop(self) -> None:
        """Waits for the requests that are under way: to leave them out would leave out the late ones above all."""
        self._stopping.set()
        gevent.joinall(self._clients, timeout=3 * TIMEOUT)
        gevent.killall(self._clients)
