"""The ``delay`` handler: late."""

from __future__ import annotations

import time

from gevent.socket import socket

from vaurien.call import Call
from vaurien.distributions import DISTRIBUTIONS
from vaurien.handlers.base import BaseHandler
from vaurien.options import Option, direction


class Delay(BaseHandler):
    """Waits before it passes the data on.

    With `before` (the default) it is the requests that wait, before the backend is called; without, it is the
    replies. A `direction` other than ``both`` decides this by itself.

    `jitter` spreads the delay. ``uniform``: `sleep` plus or minus `jitter`. ``normal`` and ``lognormal``: mean `sleep`,
    standard deviation `jitter`. ``pareto`` and ``exponential``: at least `sleep`, with an excess of mean `jitter`
    (Pareto's shape is 3). A delay that comes out below zero is zero.
    """

    name = "delay"
    options = {
        "sleep": Option("Delay in seconds", float, 1.0, minimum=0, unit="seconds"),
        "before": Option("If true, waits before the backend is called; otherwise after", bool, True),
        "jitter": Option("How far the delay spreads around sleep", float, 0.0, minimum=0, unit="seconds"),
        "distribution": Option("How jitter spreads it", str, "uniform", choices=tuple(DISTRIBUTIONS)),
        "direction": direction("both"),
    }
    in_loop = True

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        start, seconds = time.monotonic(), self.pause(self.call)
        self.sleep(seconds)
        self.proxy.counters.delayed(seconds, time.monotonic() - start)
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, data)

    def acts_on(self, to_backend: bool) -> bool:
        """With both directions allowed, `before` says which of them waits."""
        if self.option("direction") == "both":
            return bool(self.option("before") == to_backend)
        return super().acts_on(to_backend)

    def pause(self, call: Call) -> float:
        """How long this call waits, in seconds."""
        seconds: float = self.option("sleep")
        jitter: float = self.option("jitter")
        if not jitter:
            return seconds
        spread = DISTRIBUTIONS[self.option("distribution")]
        return max(0.0, spread(call.random("jitter"), seconds, jitter))
