"""Backend: where a proxy sends, its name looked up off the data path and kept."""

from __future__ import annotations

import socket
import time
from typing import Any

import gevent
from gevent import get_hub

from vaurien.address import Address

Candidate = tuple[int, Any]
"""An address family and a socket address of it."""

FRESH = 30.0
"""A name is looked up again when its answer is as old as this, in seconds (chosen arbitrarily)."""


class Backend:
    """The socket addresses behind one `address`, the one that worked last at the front."""

    def __init__(self, address: Address) -> None:
        self.address = address
        literal = address.literal()
        self._is_name = literal is None
        self._known: list[Candidate] = [literal] if literal else []
        self._looked_up_at = 0.0
        self._lookup: gevent.Greenlet[[], list[Candidate] | OSError] | None = None

    def known(self) -> list[Candidate]:
        """What is known now, at once; empty where nothing is. Old answers are renewed behind the caller's back."""
        if self._is_name and self._known and time.monotonic() - self._looked_up_at > FRESH:
            self._start_lookup()
        return self._known

    def look_up(self) -> list[Candidate]:
        """What is known, after a lookup if need be; blocks this greenlet. Raises `OSError` where it fails."""
        if self._known:
            return self._known
        found: object = self._start_lookup().get()  # what a greenlet that was killed returns is neither of its own
        if isinstance(found, list):
            return found
        raise found if isinstance(found, OSError) else OSError("the proxy is closing")

    def prefer(self, candidate: Candidate) -> None:
        """Puts at the front what has just worked after another had not."""
        if candidate != self._known[0] and candidate in self._known:
            self._known = [candidate, *(other for other in self._known if other != candidate)]

    def close(self) -> None:
        """Ends a lookup that is under way; for who waits for it, it has failed."""
        if self._lookup is not None:
            self._lookup.kill(block=False)

    def _start_lookup(self) -> gevent.Greenlet[[], list[Candidate] | OSError]:
        if self._lookup is None:
            self._lookup = gevent.spawn(self._resolve)
        return self._lookup

    def _resolve(self) -> list[Candidate] | OSError:
        """The new answer; a failure is returned, not raised, and leaves what was known before."""
        try:
            answers = get_hub().resolver.getaddrinfo(self.address.host, self.address.port, 0, socket.SOCK_STREAM)
        except OSError as exc:
            return exc
        finally:
            self._lookup = None
        found = list(dict.fromkeys((int(family), sockaddr) for family, _, _, _, sockaddr in answers))
        first = self._known[0] if self._known else None
        self._known = sorted(found, key=lambda candidate: candidate != first)
        self._looked_up_at = time.monotonic()
        return self._known
