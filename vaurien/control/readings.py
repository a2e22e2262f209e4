"""Readings: what a proxy has counted until this moment, under the names of the families."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vaurien.counters import Histogram
from vaurien.proxy import Proxy

DIRECTIONS = ("to_client", "to_backend")
"""By the number that a direction has where calls and bytes are counted."""


STREAMS = {"downstream": "to_client", "upstream": "to_backend"}
"""What Toxiproxy calls the directions."""


class Reading(NamedTuple):
    """One value of one family. `labels` are those after the proxy's name."""

    family: str
    labels: tuple[str, ...]
    value: int | Histogram


class Readings:
    """Reads proxies, without a trace in them: all that it costs the data path is what that counts anyway."""

    def of(self, proxy: Proxy) -> Iterator[Reading]:
        """Everything about one proxy. Counters never go back as long as it lives."""
        counters = proxy.counters
        totals = proxy.totals_now()
        yield Reading("vaurien_sessions_opened_total", (), counters.opened)
        yield Reading("vaurien_sessions_open", (), len(proxy.sessions))
        for cause, count in counters.ended.items():
            yield Reading("vaurien_sessions_ended_total", (cause,), count)
        for handler, count in list(counters.session_handlers.items()):
            yield Reading("vaurien_session_handlers_total", (handler,), count)
        yield from self._calls(proxy, totals)
        for command, counts in list(counters.commands.items()):
            for direction, count in zip(DIRECTIONS, counts, strict=True):
                yield Reading("vaurien_commands_total", (command, direction), count)
        yield Reading("vaurien_proxy_protocol", (proxy.settings.protocol_name,), 1)
        for direction in DIRECTIONS:
            yield Reading("vaurien_bytes_total", (direction,), totals[f"bytes_{direction}"])
        yield Reading("vaurien_errors_total", (), counters.errors)
        yield Reading("vaurien_connect_failures_total", (), counters.connect_failures)
        yield Reading("vaurien_connect_seconds", (), counters.connects)
        yield Reading("vaurien_delay_asked_seconds", (), counters.delays_asked)
        yield Reading("vaurien_delay_measured_seconds", (), counters.delays_measured)
        yield Reading("vaurien_proxy_enabled", (), int(proxy.door is not None))

    def for_toxiproxy(self, proxy: Proxy) -> Iterator[Reading]:
        """What Toxiproxy counts of one proxy."""
        totals = proxy.totals_now()
        addresses = (str(proxy.local), str(proxy.settings.distant))
        for stream, direction in STREAMS.items():
            labels = (stream, *addresses)
            yield Reading("toxiproxy_proxy_received_bytes_total", labels, totals[f"received_{direction}"])
            yield Reading("toxiproxy_proxy_sent_bytes_total", labels, totals[f"bytes_{direction}"])

    def _calls(self, proxy: Proxy, totals: dict[str, int]) -> Iterator[Reading]:
        """Calls by handler. What was relayed is of ``dummy``."""
        handled = {name: list(counts) for name, counts in proxy.counters.calls.items()}
        dummy = handled.pop("dummy", [0, 0])
        relayed = [totals[f"relayed_{direction}"] for direction in DIRECTIONS]
        for name, counts in {"dummy": [a + b for a, b in zip(dummy, relayed, strict=True)], **handled}.items():
            for direction, count in zip(DIRECTIONS, counts, strict=True):
                yield Reading("vaurien_calls_total", (name, direction), count)
