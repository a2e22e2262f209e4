"""Proxy: one listener with one backend, its behavior, and the sessions that it has now."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import gevent
from gevent.event import Event

from vaurien import chance, listener, story
from vaurien.active import ActiveHandler
from vaurien.address import Address
from vaurien.backend import Backend
from vaurien.bound import Bound
from vaurien.counters import Counters
from vaurien.crew import Crew, Prepared
from vaurien.dial import Socket
from vaurien.door import EXHAUSTED, Door
from vaurien.fitting import made_protocol
from vaurien.hooks.scope import Scope
from vaurien.session import Session
from vaurien.settings import ProxySettings
from vaurien.shared import Shared
from vaurien.tls.ends import warn_unless_verified
from vaurien.tls.proxy_tls import ProxyTls

log = logging.getLogger("vaurien.proxy")

WAYS = ((True, "to_backend"), (False, "to_client"))


class Proxy:
    """Gives each client a `Session`.

    `door` is where clients come in, None while the proxy is disabled. `crew` are the handlers and hooks that act on
    its calls; `hooks` takes more of them, as ``hooks.add(hook)`` and ``hooks.on("before", function)``. `address` is
    where it listens, or did last, as the socket says it. `sessions` are those that go on, `doomed` those that are cut
    and have yet to end.
    """

    def __init__(self, settings: ProxySettings, shared: Shared, seed: int, left: Door | None = None) -> None:
        """Binds `settings.local`, or takes over the listener of a door that is `left` there; not if it is disabled.

        Raises `ConfigError` if that cannot be, or if a handler or hook cannot be made.
        """
        self.settings = settings
        self.name = settings.name
        self.shared = shared
        self.loop = shared.loop
        self.key = chance.key(seed, settings.name)
        self.sessions: dict[int, Session] = {}
        self.doomed: dict[int, Session] = {}
        self.killed: set[Any] = set()
        self.counters = Counters()
        self.backend = Backend(settings.distant)
        self.idle = Event()
        self.idle.set()
        self._unopened: list[Session] = []
        self.hooks = Scope()
        self.protocol = made_protocol(settings)
        warn_unless_verified(settings)
        self.tls = ProxyTls(self)
        self.crew = Crew(self, settings)
        self.door: Door | None = None
        self.address: Any = None
        self.bound = Bound(settings.name)
        if settings.enabled:
            try:
                self.use(self.new_door(settings, left))
            except BaseException:
                self.crew.close()
                raise

    @property
    def handlers(self) -> Mapping[str, ActiveHandler]:
        """All handlers that can be chosen, by name."""
        return self.crew.handlers

    @property
    def local(self) -> Address:
        """Where it listens, with the real port; or would, if it were enabled."""
        return self.bound.of(self.settings.local)

    def apply(self, prepared: Prepared) -> None:
        """Changes everything but the door; `prepared` is from the crew. Holds from the next call on."""
        settings = prepared.settings
        if settings.tls != self.settings.tls:
            warn_unless_verified(settings)
        before = self.settings.toxics, self.crew.toxics
        if settings.distant != self.settings.distant:
            self.backend = Backend(settings.distant)
        if settings.protocol != self.settings.protocol:
            self.protocol = made_protocol(settings)
        self.settings = settings
        self.crew.adopt(prepared)
        if (settings.toxics, self.crew.toxics) != before:
            with self.shared.cutting.gathering():  # one that is taken away may close them all
                for session in list(self.sessions.values()):
                    session.arrange_toxics()
        if self.door is not None:
            self.door.resume()

    # accepting

    def new_door(self, settings: ProxySettings, left: Door | None = None) -> Door:
        """A door that is not open yet, where `settings` want it, with the listener of one that is `left` there. Raises
        `ConfigError` if there can be none."""
        if left is not None:
            return Door(self, listener.duplicate(left.socket))
        where = settings.places.get("local", f"proxy {self.name}")
        return Door(self, self.bound.listen(settings.local, where, back=settings.local == self.settings.local))

    def use(self, door: Door) -> None:
        """Clients come in here from now on, once it is open."""
        self.door = door
        self.address = door.address
        self.bound.note(self.settings.local, door.address)

    def move(self, door: Door) -> None:
        """Clients come in by another door from now on; the sessions go on."""
        self.shut()
        self.use(door)
        door.start()
        self.connect_waiting()

    def start(self) -> None:
        """Opens the door, if there is one."""
        if self.door is not None:
            self.door.start()

    def full(self) -> bool:
        """Whether there are as many sessions as may be."""
        limit = self.settings.max_sessions
        return bool(limit) and len(self.sessions) + len(self.doomed) >= limit

    def admit(self, client: Socket, address: Any) -> None:
        """A client has come. Runs in the event loop."""
        self.counters.opened += 1
        session = Session(self, client, address, self.counters.opened)
        self.sessions[session.ordinal] = session
        self.idle.clear()
        if self.crew.session_choice is not None and session.enter(self.crew.session_choice):
            return
        if self.shared.events.listened:
            self.announce(session)
        session.open()

    def announce(self, session: Session) -> None:
        """Tells those who listen to events that a client has come."""
        self.shared.events.tell("session_started", self.name, **story.begun(session))

    def connect(self, session: Session) -> None:
        """Connects a session; where there is no descriptor for its backend, it waits with the clients yet to come."""
        try:
            session.connect()
        except OSError as exc:
            if exc.errno not in EXHAUSTED or self.door is None:
                session.refused(str(exc))
                return
            self._unopened.append(session)
            self.door.pause(exc)
        except Exception:
            session.failed(True)

    def connect_waiting(self) -> None:
        """Tries those sessions again for whose backend there was no descriptor."""
        unopened, self._unopened = self._unopened, []
        for session in unopened:
            if not session.ended:
                self.connect(session)

    def unended(self) -> list[Session]:
        """All sessions that have not ended yet, those that are cut included."""
        return [*self.sessions.values(), *self.doomed.values()]

    def totals_now(self) -> dict[str, int]:
        """The bytes and calls of both directions until now, those of sessions that go on included."""
        sessions = self.unended()
        counters = self.counters
        totals = {}
        for to, way in WAYS:
            written = counters.received[to] - counters.withheld[to]
            totals[f"bytes_{way}"] = written + sum(session.bytes(to) for session in sessions)
            totals[f"received_{way}"] = counters.received[to] + sum(session.received(to) for session in sessions)
            totals[f"calls_{way}"] = counters.all_calls[to] + sum(session.calls(to) for session in sessions)
            totals[f"relayed_{way}"] = counters.relayed[to] + sum(session.relayed(to) for session in sessions)
        return totals

    # ending

    def session_ended(self, session: Session) -> None:
        """Told by a session that has just ended."""
        if self.sessions.pop(session.ordinal, None) is None:
            del self.doomed[session.ordinal]
        self.counters.session_ended(session)
        if not (self.sessions or self.doomed):
            self.idle.set()
        if self.door is not None and self.door.paused:
            self.door.resume()
        if log.isEnabledFor(logging.INFO):
            story.ended(session)
        if self.shared.events.listened:
            self.shared.events.tell("session_ended", self.name, **story.over(session))
        if self.crew.chain.listens("session_ended") and session.greeted:
            self.leaving(gevent.spawn(self.crew.chain.session_ended, session))

    def shut(self) -> None:
        """Stops listening; the sessions go on."""
        door, self.door = self.door, None
        if door is not None:
            door.close()

    def close(self) -> None:
        """Stops listening, for good; the sessions go on."""
        self.shut()
        self.backend.close()

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
        """Ends all sessions. They go on no more, though of a great many the last have their end some turns of the loop
        later, so that nobody waits long for the loop; then the proxy is `idle`."""
        doomed, self.sessions = self.sessions, {}
        self.doomed.update(doomed)
        self.shared.cutting.cut(doomed.values(), cause)
