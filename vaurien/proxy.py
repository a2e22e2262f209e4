"""Proxy: one listener with one backend, its behavior, and the sessions that it has now."""

from __future__ import annotations

import errno
import logging
import socket
import time
from collections.abc import Mapping
from typing import Any

import gevent
from gevent.event import Event
from gevent.server import StreamServer

from vaurien import chance, listener, story
from vaurien.active import ActiveHandler
from vaurien.address import Address
from vaurien.backend import Backend
from vaurien.crew import Crew, Prepared
from vaurien.dial import Socket
from vaurien.hooks.scope import Scope
from vaurien.relay import READ
from vaurien.session import Session
from vaurien.settings import ProxySettings
from vaurien.shared import Shared

log = logging.getLogger("vaurien.proxy")

EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
RETRY = 0.5
"""How long accepting pauses when descriptors have run out, in seconds, unless a session ends before."""
SAY_AGAIN = 60.0
"""The same trouble is logged again only after so many quiet seconds."""


class Proxy(StreamServer):
    """Accepts clients in the event loop (``spawn=None``: `handle` never blocks) and gives each a `Session`.

    `crew` are the handlers and hooks that act on its calls; `hooks` takes more of them, as ``hooks.add(hook)`` and
    ``hooks.on("before", function)``.
    """

    def __init__(self, settings: ProxySettings, shared: Shared, seed: int, predecessor: Proxy | None = None) -> None:
        """Binds `settings.local`, or takes over the listener of a `predecessor` that has it and is to be closed.

        Raises `ConfigError` if that cannot be, or if a handler or hook cannot be made.
        """
        self.settings = settings
        self.name = settings.name
        self.shared = shared
        self.key = chance.key(seed, settings.name)
        self.sessions: dict[int, Session] = {}
        self.killed: set[Any] = set()
        self.accepted = 0
        self.refused = 0
        self.errors = 0
        self.totals = {"bytes_to_backend": 0, "bytes_to_client": 0, "calls_to_backend": 0, "calls_to_client": 0}
        self.backend = Backend(settings.distant)
        self.paused = False
        self.handed_down = False
        self.idle = Event()
        self.idle.set()
        self._complained_at = -SAY_AGAIN
        self._unopened: list[Session] = []
        self.hooks = Scope()
        self.crew = Crew(self, settings)
        where = settings.places.get("local", f"proxy {settings.name}")
        try:
            sock = listener.duplicate(predecessor.socket) if predecessor else listener.listen(settings.local, where)
        except BaseException:
            self.crew.close()
            raise
        super().__init__(sock, spawn=None)
        self._retry: Any = None
        self._waiting: Any = None

    @property
    def handlers(self) -> Mapping[str, ActiveHandler]:
        """All handlers that can be chosen, by name."""
        return self.crew.handlers

    @property
    def local(self) -> Address:
        """Where it listens, with the real port."""
        return Address.of(self.address)

    def apply(self, prepared: Prepared) -> None:
        """Changes everything but `local`; `prepared` is from the crew. Holds from the next call on."""
        settings = prepared.settings
        if settings.distant != self.settings.distant:
            self.backend = Backend(settings.distant)
        self.settings = settings
        self.crew.adopt(prepared)
        self.resume()

    # accepting

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
        self.accepted += 1
        session = Session(self, client, address, self.accepted)
        self.sessions[session.ordinal] = session
        self.idle.clear()
        if self.crew.chain.listens("session_started"):
            session.ask_first()
        else:
            self.connect(session)

    def connect(self, session: Session) -> None:
        """Connects a session; where there is no descriptor for its backend, it waits with the clients yet to come."""
        try:
            session.connect()
        except OSError as exc:
            if exc.errno not in EXHAUSTED:
                session.refused(str(exc))
                return
            self._unopened.append(session)
            self.pause(exc)
        except Exception:
            session.failed(True)

    def do_close(self, *args: Any) -> None:
        """The session closes its sockets, not the server."""

    def full(self) -> bool:
        """Whether nobody may be accepted now: there are as many sessions as may be, or no descriptors."""
        if self.paused:
            return True
        limit = self.settings.max_sessions
        if not limit or len(self.sessions) < limit:
            return False
        self.paused = True
        self._waiting = self.loop.io(self.socket.fileno(), READ)
        self._waiting.start(self._on_waiting)
        return True

    def _on_waiting(self) -> None:
        """There are as many sessions as may be, and a client has come that has to wait."""
        self._stop_waiting()
        self._complain("max_sessions reached (%s): new clients wait", self.settings.max_sessions)

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
        unopened, self._unopened = self._unopened, []
        for session in unopened:
            if not session.ended:
                self.connect(session)
        if not self.paused and not self.full():
            self.start_accepting()

    def _complain(self, message: str, *args: Any) -> None:
        now = time.monotonic()
        if now - self._complained_at > SAY_AGAIN:
            log.warning(message, *args, extra={"proxy": self.name})
        self._complained_at = now

    # ending

    def session_ended(self, session: Session) -> None:
        """Told by a session that has just ended."""
        del self.sessions[session.ordinal]
        totals = self.totals
        totals["bytes_to_client"] += session.written[False]
        totals["bytes_to_backend"] += session.written[True]
        totals["calls_to_client"] += session.called[False]
        totals["calls_to_backend"] += session.called[True]
        if not self.sessions:
            self.idle.set()
        if self.paused:
            self.resume()
        if log.isEnabledFor(logging.INFO):
            story.ended(session)
        if self.crew.chain.listens("session_ended"):
            self.leaving(gevent.spawn(self.crew.chain.session_ended, session))

    def close(self) -> None:
        """Stops listening; the sessions go on."""
        listening = not self.closed
        super().close()
        if listening and hasattr(self, "_retry"):
            self._stop_waiting()
            self.backend.close()
            if not self.handed_down:
                listener.remove(self.address)

    def kill(self, greenlet: gevent.Greenlet[..., Any]) -> None:
        """Ends a call whose session has ended, without waiting: this may be the event loop, or the call itself, which
        goes on."""
        if greenlet is gevent.getcurrent():
            return
        self.leaving(greenlet)
        greenlet.kill(block=False)

    def leaving(self, greenlet: gevent.Greenlet[..., Any]) -> None:
        """Remembers a greenlet of a session that has ended, for as long as it lives."""
        self.killed.add(greenlet)
        greenlet.rawlink(self.killed.discard)

    def cut(self, cause: str) -> None:
        """Ends all sessions at once."""
        for session in list(self.sessions.values()):
            session.end(cause)
