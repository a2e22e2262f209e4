"""Flow: one direction of a session. Readable: choose one handler, let it act, go on."""

from __future__ import annotations

import socket
import time
from functools import partial
from typing import Any

from gevent import GreenletExit

from vaurien import call as calls
from vaurien import departure, story
from vaurien.active import ActiveHandler
from vaurien.call import Call
from vaurien.channel import Channel
from vaurien.choice import Choice
from vaurien.perform import perform

PEEK = int(socket.MSG_PEEK)
PAUSE = 0.02
"""How long a handler that has read nothing is left alone, in seconds (chosen arbitrarily)."""
PATIENCE = 25
"""So many calls in a row may read nothing from a peer that has left."""


class Flow(Channel):
    """The bytes from one peer to the other, cut into calls.

    `calls` counts them from 1; those that no handler got were relayed here, in the event loop. `greenlet` is the one
    that works on a call, and `alarm` the end of a call that only waits; while there is either, the reader is stopped.
    `forced` is the handler of the next call, where one has asked for it. `held` keeps the reader stopped for as long as
    it is not 0. `unread` is what was read already, and waits for a handler; `filtered` says that it has been through
    the ``incoming`` filters.
    """

    __slots__ = ("alarm", "filtered", "forced", "greenlet", "held", "unread", "untouched")

    message: Any = None
    """Where messages are known, the one in hand."""

    def __init__(self, session: Any, source: socket.SocketType, dest: socket.SocketType, to_backend: bool) -> None:
        Channel.__init__(self, session, source, dest, to_backend)  # quicker than super()
        self.forced: ActiveHandler | None = None
        self.greenlet: Any = None
        self.alarm: Any = None
        self.held = 0
        self.unread = b""
        self.filtered = False
        self.untouched = 0
        self.reader.start(self.on_readable)

    def on_readable(self) -> None:
        """The source has something to say, or has ended. Runs in the event loop: nothing here may block."""
        try:
            choice = self.crew.choices[self.to_backend]
            if choice is None and self.forced is None:
                self.relay()
            else:
                self.dispatch(choice)
        except Exception:
            self.failed()

    def dispatch(self, choice: Choice | None) -> None:
        """Chooses who acts on this call, and starts it; a hook that wants to choose is asked in the call itself."""
        handler = self.forced
        if handler is None and choice is not None:
            if choice.deferred:
                if self.has_something():
                    self.start_call(None)
                return
            handler = choice.pick(self, self.calls + 1)
        if handler is None:
            self.relay()
            if self.crew.verbose:
                story.call_relayed(self)
        elif self.has_something():
            self.forced = None
            if handler.pauses:
                self.pause(handler)
            else:
                self.start_call(handler)

    def moved(self) -> int:
        """The bytes that have gone in this direction so far, or are about to."""
        return int(self.session.received(self.to_backend))

    def has_something(self) -> bool:
        """Whether there is a byte to read. The end of the stream, or its loss, is dealt with here."""
        try:
            if self.recv(1, PEEK):
                return True
        except BlockingIOError:
            return False
        except OSError:
            self.source_lost()
            return False
        self.source_ended()
        return False

    def start_call(self, handler: ActiveHandler | None) -> None:
        self.calls += 1
        self.handled += 1
        self.reader.stop()
        self.greenlet = self.proxy.shared.workers.start(self.act, handler)

    def new_call(self, handler: ActiveHandler | None) -> Call:
        return Call(self.session, self.to_backend, handler, self.calls, self.identity(), time.monotonic())

    def pause(self, handler: ActiveHandler) -> None:
        """One call of a handler that only waits, before the engine relays: it needs no greenlet for that."""
        self.calls += 1
        self.handled += 1
        call = self.new_call(handler)
        self.session.count(call)
        try:
            seconds = handler.pause(call)
        except BaseException as exc:
            call.error = exc
            return self.session.call_failed(call)  # type: ignore[no-any-return]
        if seconds > 0:
            self.reader.stop()
            alarm = partial(self.on_alarm, call, seconds)
            self.alarm = self.proxy.shared.clock.at(call.started_at + seconds, alarm)
        else:
            self.relay_paused(call)

    def on_alarm(self, call: Call, seconds: float) -> None:
        """The time is up."""
        self.alarm = None
        self.proxy.counters.delayed(seconds, time.monotonic() - call.started_at)
        try:
            self.relay_paused(call)
            self.listen()
        except Exception:
            self.failed()

    def relay_paused(self, call: Call) -> None:
        """Moves what waits, as a handler would: a part of this call, and not another."""
        self.relay_copied(0)
        self.session.call_done(call, True)

    def act(self, handler: ActiveHandler | None) -> None:
        """One call, in a greenlet, where it may block."""
        session = self.session
        if session.ended:
            return
        call = self.new_call(handler)
        calls.current.set(call)
        try:
            if handler is None or handler.chain.wraps_calls:
                verdict = perform(call, self.crew.chain, self.choose_late)
            else:
                session.count(call)
                verdict = handler(session.client_sock, session.backend_sock, self.to_backend)
        except GreenletExit:
            session.end("killed")
            raise
        except BaseException as exc:  # even SystemExit: a handler ends its session at most
            call.error = exc
            session.call_failed(call)
        else:
            session.call_done(call, verdict)
        finally:
            self.greenlet = None
        self.go_on(call)

    def go_on(self, call: Call) -> None:
        """A call in a greenlet is over."""
        if call.consumed or self.stopped:
            self.untouched = 0
            self.listen()
        else:
            self.wait_a_moment()

    def wait_a_moment(self) -> None:
        """The call has read nothing, so that the same bytes make the next one: not at once, or a core would be busy.

        What comes behind them, such as the end of the stream, is not seen: a peer that has left is looked for.
        """
        self.untouched += 1
        sockets = self.session.open_sockets(self.to_backend) if self.untouched >= PATIENCE else ()
        if sockets and departure.left([sock.fileno() for sock in sockets]):
            return self.session.never_read(self)  # type: ignore[no-any-return]
        self.hold()
        self.proxy.shared.clock.at(time.monotonic() + PAUSE, self.release)

    def choose_late(self) -> ActiveHandler:
        """In a call that has begun without a handler: the one that chance names, ``dummy`` where the engine relays."""
        choice = self.crew.choices[self.to_backend]
        handler = None if choice is None else choice.pick(self, self.calls, self.message)
        return handler or self.crew.dummy  # type: ignore[no-any-return]

    def listen(self) -> None:
        """Starts the reader, if nothing speaks against reading on; what was read already makes a call at once."""
        if self.stopped or self.held or self.pending or self.greenlet or self.alarm:
            return
        if self.unread:
            handler, self.forced = self.forced, None
            self.start_call(handler)
        else:
            self.reader.start(self.on_readable)

    def stop(self) -> None:
        if self.alarm is not None:
            self.proxy.shared.clock.cancel(self.alarm)
            self.alarm = None
        super().stop()

    def hold(self) -> None:
        """Reads nothing more until as many `release`s; what was read is still written."""
        self.held += 1
        if not self.stopped:
            self.reader.stop()

    def release(self) -> None:
        """Undoes one `hold`."""
        self.held -= 1
        self.listen()
