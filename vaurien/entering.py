"""Entering: the first moments of a session, in which a session handler decides what becomes of it."""

from __future__ import annotations

import random
from typing import Any

from gevent import GreenletExit

from vaurien import chance, departure
from vaurien.active_session_handler import ActiveSessionHandler
from vaurien.departure import GONE
from vaurien.session_choice import SessionChoice, session_key
from vaurien.tally import Tally


class Entering(Tally):
    """A session that a session handler may get before anything else happens to it.

    `taken_by` is that session handler, and `entered` says that it has let the session go on. Both are there only where
    one has the session: all others do not pay for it.
    """

    __slots__ = ("entered", "taken_by")

    greenlet: Any
    ended: bool
    ordinal: int
    client_address: Any
    taken_by: ActiveSessionHandler
    entered: bool

    @property
    def session_handler(self) -> str | None:
        """The name of the session handler that has this session, or had it; None for most."""
        taken_by = getattr(self, "taken_by", None)
        return None if taken_by is None else taken_by.name

    @property
    def entering(self) -> bool:
        """Whether a session handler has it still, or has ended it, so that no hook knows of it."""
        return not getattr(self, "entered", True)

    def enter(self, choice: SessionChoice) -> bool:
        """Gives the session to the session handler that is chosen, if one is: whether one is."""
        handler = choice.choose(self.ordinal, self.client_address)
        if handler is None:
            return False
        self.taken_by, self.entered = handler, False
        self.proxy.counters.session_handled(handler.name)
        if self.proxy.shared.events.listened:
            self.proxy.announce(self)
        self.greenlet = self.proxy.shared.workers.start(self.be_handled)
        return True

    def random(self, purpose: str) -> random.Random:
        """The source of all chance for this session as a whole: the same seed, session and purpose draw the same."""
        return chance.source(session_key(self.proxy), self.ordinal, purpose)

    def be_handled(self) -> None:
        """In a greenlet: the session handler acts, and the session goes on if that lets it."""
        if self.ended:
            return
        try:
            self.departures.watch(self.client.fileno(), self.look_for_client, orderly=True)
            verdict = self.taken_by.act(self)
        except GreenletExit:
            self.end("killed")
            raise
        except BaseException as exc:  # even SystemExit: a session handler ends its session at most
            self.session_handler_failed(exc)
            return
        finally:
            self.greenlet = None
        if self.closing or verdict is False:
            self.end(self.why_over())
        elif not self.ended:
            self.departures.forget(self.client.fileno())
            self.entered = True
            self.open()

    def look_for_client(self) -> None:
        """In the event loop: the client has closed, half-closed or reset its connection while a session handler had
        the session. If something that it said waits to be read, it may have half-closed, and wait for an answer."""
        if departure.gone(self.client):
            self.broken = departure.was_reset(self.client)
            self.end(self.why_over())
        else:
            self.departures.watch(self.client.fileno(), self.look_for_client)

    def why_over(self) -> str:
        """The cause of an end under a session handler."""
        left = not (self.closing or self.ended) and departure.gone(self.client)
        return f"client left during {self.taken_by.name}" if left else f"ended by {self.taken_by.name}"

    def session_handler_failed(self, exc: BaseException) -> None:
        """It has raised: the client is reset. That the client has left, or was closed, is nobody's fault."""
        if self.ended:
            return
        self.broken = True
        if isinstance(exc, OSError) and (self.closing or (exc.errno in GONE and departure.gone(self.client))):
            return self.end(self.why_over())
        self.failed_with(exc, f"session handler {self.taken_by.name}", None)

    def open(self) -> None:
        """Begins with the session: the client's TLS, the hooks, the backend."""
        raise NotImplementedError

    def failed_with(self, exc: BaseException | None, culprit: str, to_backend: bool | None) -> None:
        """Ends the session for what somebody has raised."""
        raise NotImplementedError
