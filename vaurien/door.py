"""Door: where the clients of a proxy come in, for as long as it is open."""

from __future__ import annotations

import errno
import logging
import socket
import time
from typing import Any

from gevent.server import StreamServer

from vaurien import listener
from vaurien.dial import Socket
from vaurien.relay import READ

log = logging.getLogger("vaurien.proxy")

EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
RETRY = 0.5
"""How long accepting pauses when descriptors have run out, in seconds, unless a session ends before."""
SAY_AGAIN = 60.0
"""The same trouble is logged again only after so many quiet seconds."""


class Door(StreamServer):
    """Accepts in the event loop (``spawn=None``: `handle` never blocks) and gives each client to the `proxy`."""

    def __init__(self, proxy: Any, sock: socket.socket) -> None:
        """`sock` listens already; it is closed with the door."""
        self.proxy = proxy
        self.paused = False
        self.handed_down = False
        self._complained_at = -SAY_AGAIN
        self._retry: Any = None
        self._waiting: Any = None
        super().__init__(sock, spawn=None)

    def do_read(self) -> tuple[Socket, Any] | None:  # type: ignore[override]  # None is what gevent expects
        """Accepts one client; None where there is none, or no descriptor for it."""
        try:
            descriptor, address = self.socket._accept()  # type: ignore[attr-defined]  # without the wrapping of each in a slower object
            return Socket(self.family, socket.SOCK_STREAM, 0, descriptor), address
        except (BlockingIOError, ConnectionAbortedError):
            return None
        except OSError as exc:
            self.pause(exc)
            return None

    def handle(self, client: Socket, address: Any) -> None:
        """A client has come. Runs in the event loop."""
        client.setblocking(False)
        self.proxy.admit(client, address)

    def do_close(self, *args: Any) -> None:
        """The session closes its sockets, not the server."""

    def full(self) -> bool:
        """Whether nobody may be accepted now: there are as many sessions as may be, or no descriptors."""
        if self.paused:
            return True
        if not self.proxy.full():
            return False
        self.paused = True
        self._waiting = self.loop.io(self.socket.fileno(), READ)
        self._waiting.start(self._on_waiting)
        return True

    def _on_waiting(self) -> None:
        """There are as many sessions as may be, and a client has come that has to wait."""
        self._stop_waiting()
        self._complain("max_sessions reached (%s): new clients wait", self.proxy.settings.max_sessions)

    def _stop_waiting(self) -> None:
        for watcher in (self._waiting, self._retry):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._waiting = self._retry = None

    def pause(self, exc: OSError) -> None:
        """Accepts nobody until a session has ended, or for a moment."""
        self._complain("cannot accept: %s: new clients wait", (exc.strerror or str(exc)).lower())
        self.paused = True
        self.stop_accepting()
        self._stop_waiting()
        self._retry = self.loop.timer(RETRY)  # each time another: one that has run out would fire at once
        self._retry.start(self.resume)

    def resume(self) -> None:
        """Accepts again, after a pause."""
        if not self.paused or not self.started:
            return
        self.paused = False
        self._stop_waiting()
        self.proxy.connect_waiting()
        if not self.paused and not self.full():
            self.start_accepting()

    def _complain(self, message: str, *args: Any) -> None:
        now = time.monotonic()
        if now - self._complained_at > SAY_AGAIN:
            log.warning(message, *args, extra={"proxy": self.proxy.name})
        self._complained_at = now

    def close(self) -> None:
        """Stops listening. The file of a Unix socket goes too, unless the listener was handed down."""
        listening = not self.closed
        super().close()
        if listening:
            self._stop_waiting()
            if not self.handed_down:
                listener.remove(self.address)
