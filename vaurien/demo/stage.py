"""Stage: backend, proxy and clients together, from start to stop."""

from __future__ import annotations

import time

from vaurien.demo.backend import Backend
from vaurien.demo.chaos import daemon_before
from vaurien.demo.shares import Taken, taken
from vaurien.demo.traffic import Traffic


class Stage:
    """Starts when it is made, and plays for `seconds` at most, until `stop`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.backend = Backend()
        self.backend.start()
        self.daemon = daemon_before(self.backend.local)
        self.daemon.start()
        (self.proxy,) = self.daemon.proxies.values()
        self.traffic = Traffic(self.backend.local, self.proxy.local)
        self.traffic.start()
        self._started_at = time.monotonic()
        self._stopped_after: float | None = None

    @property
    def elapsed(self) -> float:
        """How long it has played, in seconds."""
        return time.monotonic() - self._started_at if self._stopped_after is None else self._stopped_after

    @property
    def rest(self) -> float:
        """How long it has still to play, in seconds."""
        return max(0.0, self.seconds - self.elapsed)

    def shares(self) -> list[Taken]:
        """What each handler has taken so far."""
        return taken(self.proxy)

    def stop(self) -> None:
        """Ends everything; the numbers stay. Does nothing the second time."""
        if self._stopped_after is not None:
            return
        self._stopped_after = min(self.elapsed, self.seconds)
        self.traffic.stop()
        self.daemon.stop()
        self.backend.stop(timeout=1)
