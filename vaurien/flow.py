"""Flow: one direction of a session. Readable: choose one handler, let it act, go on."""

from __future__ import annotations

import socket
import time
from typing import Any

import gevent
from gevent import GreenletExit

from vaurien import call as calls
from vaurien.call import Call
from vaurien.chance import draw
from vaurien.choice import ActiveHandler, Choice
from vaurien.relay import Relay


class Flow(Relay):
    """The bytes from one peer to the other, cut into calls.

    `calls` counts them from 1. `handled` counts those that a handler got; the others were relayed here, in the event
    loop. `greenlet` is the one that works on a call; while it does, the reader is stopped. `forced` is the handler
    of the next call, where one has asked for it. `held` keeps the reader stopped for as long as it is true.
    """

    __slots__ = ("forced", "greenlet", "handled", "held", "key", "proxy", "session", "to_backend")

    def __init__(self, session: Any, source: socket.socket, dest: socket.socket, to_backend: bool) -> None:
        self.session = session
        self.proxy = session.proxy
        super().__init__(self.proxy.loop, self.proxy.pipes, source, dest)
        self.to_backend = to_backend
        self.key: int | None = None
        self.forced: ActiveHandler | None = None
        self.greenlet: Any = None
        self.handled = 0
        self.held = False
        self.reader.start(self.on_readable)

    def on_readable(self) -> None:
        """The source has something to say, or has ended. Runs in the event loop: nothing here may block."""
        try:
            choice = self.proxy.choices[self.to_backend]
            if choice is None and self.forced is None:
                self.relay()
            else:
                self.dispatch(choice)
        except Exception:
            self.failed()

    def dispatch(self, choice: Choice | None) -> None:
        """Chooses who acts on this call, and starts it."""
        handler = self.forced or self.choose(choice)
        if handler is None:
            self.relay()
            if self.proxy.verbose:
                self.session.relayed(self)
        elif self.has_something():
            self.forced = None
            self.calls += 1
            self.handled += 1
            self.reader.stop()
            self.session.count(handler)
            self.greenlet = gevent.spawn(self.act, handler)

    def choose(self, choice: Choice | None) -> ActiveHandler | None:
        if choice is None:
            return None
        if self.key is None:
            self.key = draw(self.proxy.key, 2 * self.session.ordinal + self.to_backend)
        return choice.choose(draw(self.key, self.calls + 1))

    def has_something(self) -> bool:
        """Whether there is a byte to read. The end of the stream, or its loss, is dealt with here."""
        try:
            if self.recv(1, socket.MSG_PEEK):
                return True
        except BlockingIOError:
            return False
        except OSError:
            self.source_lost()
            return False
        self.source_ended()
        return False

    def act(self, handler: ActiveHandler) -> None:
        """One call, in a greenlet of its own."""
        session = self.session
        call = Call(session, self.to_backend, handler, self.calls, self.key or 0, time.monotonic())
        calls.current.set(call)
        try:
            verdict = handler(session.client_sock, session.backend_sock, self.to_backend)
        except (GreenletExit, KeyboardInterrupt):
            session.end("killed")
            raise
        except BaseException as exc:  # even SystemExit: a handler ends its session at most
            call.error = exc
            session.call_failed(call)
        else:
            session.call_done(call, verdict)
        finally:
            self.greenlet = None
        self.listen()

    def listen(self) -> None:
        """Starts the reader, if nothing speaks against reading on."""
        if not (self.stopped or self.held or self.pending or self.greenlet):
            self.reader.start(self.on_readable)

    def hold(self) -> None:
        """Reads nothing more until `release`; what was read is still written."""
        self.held = True
        if not self.stopped:
            self.reader.stop()

    def release(self) -> None:
        """Undoes `hold`."""
        self.held = False
        self.listen()

    def count_sent(self, count: int) -> None:
        """A handler has written so many bytes to this flow's destination."""
        self.bytes += count

    def source_ended(self) -> None:
        self.stop()
        if self.session.open_flows > 1:  # the last to end is followed by the close, which says the same
            self.end_stream()
        self.session.flow_ended(self, "closed")

    def source_lost(self) -> None:
        self.stop()
        self.session.peer_lost(self.to_backend)

    def dest_lost(self) -> None:
        self.stop()
        self.session.flow_broken(self)

    def failed(self) -> None:
        self.session.failed(self.to_backend)
