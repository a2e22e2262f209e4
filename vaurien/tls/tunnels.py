"""Tunnels: all that one daemon has, some for a moment longer than their sessions."""

from __future__ import annotations

from typing import Any

from gevent.event import Event


class Tunnels:
    """Belongs to the daemon's thread."""

    def __init__(self) -> None:
        self._all: set[Any] = set()
        self._idle = Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, tunnel: Any) -> None:
        self._all.add(tunnel)
        self._idle.clear()

    def discard(self, tunnel: Any) -> None:
        self._all.discard(tunnel)
        if not self._all:
            self._idle.set()

    def wait_idle(self, seconds: float) -> None:
        """Blocks until there are none, for so many seconds at most: what sessions have said last is on its way."""
        self._idle.wait(seconds)

    def close(self) -> None:
        """Ends all at once."""
        for tunnel in list(self._all):
            tunnel.close()
