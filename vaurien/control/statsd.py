"""Statsd: what a daemon counts, sent to a statsd server as it grows."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from weakref import WeakKeyDictionary

import gevent
from gevent import get_hub
from statsd import StatsClient  # type: ignore[import-untyped]

from vaurien.address import Address
from vaurien.control.families import FAMILIES
from vaurien.control.readings import Readings
from vaurien.counters import Histogram
from vaurien.daemon import Daemon
from vaurien.proxy import Proxy
from vaurien.settings import StatsdSettings

log = logging.getLogger("vaurien.statsd")

INTERVAL = 5.0
"""Seconds between two times of sending: half of what a statsd server waits, unless told otherwise, before it passes on
what it has."""
KINDS = {family.name: family.kind for family in FAMILIES}


class Statsd:
    """Sends the gauges of all proxies, and by how much their counters have grown, every `interval` seconds.

    Whatever goes wrong here is logged at most. Belongs to the daemon's hub.
    """

    def __init__(self, daemon: Daemon, settings: StatsdSettings, interval: float = INTERVAL) -> None:
        self.daemon = daemon
        self.settings = settings
        self.interval = interval
        self._readings = Readings()
        self._sent: WeakKeyDictionary[Proxy, dict[str, int]] = WeakKeyDictionary()
        self._number = Address(settings.host, settings.port).literal()
        self._server = self._number
        self._greenlet: Any = None
        self._complained = False

    def start(self) -> None:
        """Sends for the first time soon, and then again and again."""
        self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        """Sends what is new since the last time. Does not wait for anything."""
        if self._greenlet is not None:
            self._greenlet.kill(block=False)
            self._greenlet = None
        try:
            self._send()
        except Exception as exc:
            self._complain(exc)

    def _run(self) -> None:
        while True:
            try:
                self._look_up()
                self._send()
                self._complained = False
            except Exception as exc:
                self._complain(exc)
            gevent.sleep(self.interval)

    def _complain(self, exc: Exception) -> None:
        """Says what is wrong, once until all is well again."""
        if not self._complained:
            reason = getattr(exc, "strerror", None) or exc
            log.warning("statsd at %s: %s: tried again", self.settings.host, reason)
        self._complained = True

    def _look_up(self) -> None:
        """Asks each time what a name stands for: the server may have moved. Of several addresses one of IPv4 is taken,
        which is where statsd servers listen: nobody would ever say that no one listens at the other."""
        if self._number is not None:
            return
        answers = get_hub().resolver.getaddrinfo(self.settings.host, self.settings.port, 0, socket.SOCK_DGRAM)
        family, _, _, _, address = min(answers, key=lambda answer: answer[0] != socket.AF_INET)
        self._server = family, address

    def _send(self) -> None:
        if self._server is None:
            return
        client = make_client(*self._server, cleaned(self.settings.prefix))
        with closing(client), client.pipeline() as pipeline:
            for name, proxy in self.daemon.proxies.items():
                sent = self._sent.setdefault(proxy, {})
                for stat, value, kind in self._stats(proxy):
                    path = f"{part(name)}.{stat}"
                    if kind == "gauge":
                        pipeline.gauge(path, value)
                    elif value > sent.get(stat, 0):
                        pipeline.incr(path, value - sent.get(stat, 0))
                        sent[stat] = value

    def _stats(self, proxy: Proxy) -> Iterator[tuple[str, int, str]]:
        """The name, without what stands before it, the value and the kind of all that a proxy counts."""
        for family, labels, value in self._readings.of(proxy):
            name = family.removeprefix("vaurien_").removesuffix("_total")
            if isinstance(value, Histogram):
                name = name.removesuffix("_seconds")
                yield f"{name}_count", sum(value.counts), "counter"
                yield f"{name}_milliseconds", int(value.sum * 1000), "counter"
            else:
                yield ".".join([name, *map(part, labels)]), value, KINDS[family]


def make_client(family: int, address: Any, prefix: str) -> Any:
    """A client that would rather lose a packet than wait; the caller closes it.

    `address` must be a number: a name would be looked up here, which blocks the event loop.
    """
    client = StatsClient(address[0], address[1], prefix, ipv6=family == socket.AF_INET6)
    client._sock.setblocking(False)  # the library has no word for it
    return client


def cleaned(text: str) -> str:
    """The text with nothing in it that has a meaning for statsd, or that its client cannot send."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text)


def part(text: str) -> str:
    """The same where dots have a meaning: what stands between two of them."""
    return cleaned(text).replace(".", "_")
