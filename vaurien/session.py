"""Session: one client connection and the backend connection opened for it."""

from __future__ import annotations

import logging
import socket
import sys
from functools import partial
from typing import Any

from vaurien import departure, story
from vaurien.active import ActiveHandler
from vaurien.call import Call
from vaurien.departure import GONE, Departures
from vaurien.flow import Flow
from vaurien.logs import arrow
from vaurien.opening import Opening

log = logging.getLogger("vaurien.session")


class Session(Opening):
    """One client's time with a proxy, from accept to the last descriptor closed.

    `ordinal` is 1, 2, 3… per proxy, in accept order. `cause` says how it ended, once it has; `finishing` how it is to
    end, when what toxics hold is delivered. `vars` belongs to the hooks.
    """

    __slots__ = ("_vars", "cause", "culprit", "finishing", "stopped")

    def __init__(self, proxy: Any, client: socket.SocketType, client_address: Any, ordinal: int) -> None:
        Opening.__init__(self, proxy, client, client_address, ordinal)  # quicker than super()
        self.cause = ""
        self.finishing = ""
        self.culprit = ""
        self.stopped = False
        self._vars: dict[Any, Any] | None = None

    def arrange_toxics(self) -> None:
        """Lets those act that the proxy has now."""
        if self.alarm is not None:
            self.try_again()
        for flow in self.flows:
            try:
                if not self.ended:
                    flow.arrange_toxics()
            except Exception:
                flow.failed()

    # ending

    def call_done(self, call: Call, verdict: Any) -> None:
        """A call has ended with `verdict`."""
        story.call_over(call)
        if self.closing or verdict is False:
            self.finish(f"ended by {call.culprit or call.handler.name}")

    def call_failed(self, call: Call) -> None:
        """A call has raised. That a peer has left is nobody's fault, and no news."""
        story.call_over(call)
        if self.ended:
            return
        culprit = call.culprit or f"handler {call.handler.name if call.handler else 'none'}"
        self.failed_with(call.error, culprit, call.to_backend)

    def hook_failed(self, point: str, exc: BaseException) -> None:
        """A hook has raised that was asked about the session as a whole: its peers are reset."""
        if not self.ended:
            self.broken = True
            self.failed_with(exc, self.culprit or f"hook in {point}", None)

    def failed_with(self, exc: BaseException | None, culprit: str, to_backend: bool | None) -> None:
        if isinstance(exc, OSError) and (self.closing or self.finishing):
            self.finish(self.finishing or "closed by a handler")
            return
        if isinstance(exc, OSError) and exc.errno in GONE and self.someone_left():
            self.broken = True
            self.end(f"peer left during {culprit}")
            return
        self.proxy.counters.errors += 1
        log.error("%s raised %s", culprit, type(exc).__name__, extra=self.context(to_backend), exc_info=exc)
        self.finish(f"error in {culprit}")

    def toxic_failed(self, name: str, exc: BaseException, to_backend: bool) -> None:
        """A toxic has raised."""
        self.proxy.counters.errors += 1
        log.error("toxic %s raised %s", name, type(exc).__name__, extra=self.context(to_backend), exc_info=exc)
        self.end(f"error in toxic {name}")

    def flow_ended(self, flow: Flow, how: str) -> None:
        """One direction is over in good order; the other goes on."""
        self.open_flows -= 1
        if not self.cause:
            self.cause = f"{'client' if flow.to_backend else 'backend'} {how}"
        if not self.open_flows:
            self.end(self.cause)
        elif self.proxy.crew.has_toxics:
            self.look_for_peers()

    def flow_broken(self, flow: Flow) -> None:
        """The destination takes no more. What it said before may still wait to be read: the other flow goes on."""
        self.broken = True
        if not self.cause:
            self.cause = f"{'backend' if flow.to_backend else 'client'} left"
        if self.finishing:
            return self.end(self.finishing)  # no other flow goes on
        self.flow_ended(flow, "left")

    def watch_out(self, flow: Flow) -> None:
        """The flow has ended, so that nobody reads from its source, whose other direction goes on: if it resets the
        connection now, the departures will tell."""
        if self.flows[not flow.to_backend].shut:
            return  # "hung up" would be what a handler has done
        if flow.source.family == socket.AF_UNIX:  # it hangs up when its peer closes, in whatever way
            lost = partial(self.end, self.cause)
        else:
            lost = partial(self.peer_lost, flow.to_backend)
        self.departures.watch_soon(flow.source.fileno(), lost)

    def look_for_peers(self) -> None:
        """Ends it if a toxic holds for ever what nobody is left to want: both peers have ended their streams, or the
        one that has said it has reset its connection."""
        held = [flow for flow in self.flows if flow.holder]
        if held and all(flow.rests for flow in self.flows):
            return self.end(self.finishing or f"held by toxic {held[0].holder}")
        for flow in held:
            if flow.stopped or flow.pending:  # nobody reads from its source
                if departure.was_reset(flow.source):
                    return self.peer_lost(flow.to_backend)
                self.departures.watch_soon(flow.source.fileno(), self.look_for_peers)

    def peer_lost(self, to_backend: bool) -> None:
        """A peer has reset its connection: so is the other's."""
        self.broken = True
        self.end(f"{'client' if to_backend else 'backend'} reset")

    def never_read(self, flow: Flow) -> None:
        """A peer has left, and the handlers will not read what it said before."""
        self.end(f"{'client' if flow.to_backend else 'backend'} left, and no handler read what it said")

    def failed(self, to_backend: bool) -> None:
        """Inside an ``except``: the engine itself has failed in a callback."""
        log.error("internal error", exc_info=sys.exception(), extra=self.context(to_backend))
        self.end("internal error")

    def finish(self, cause: str) -> None:
        """Ends it when what toxics hold has been delivered, at once if they hold nothing; no more is read."""
        links = [flow.link for flow in self.flows if flow.link is not None]
        holding = [link for link in links if not (link.ended or link.stopped)]
        if not holding or self.broken:
            return self.end(cause)
        self.finishing = cause
        for flow in self.flows:
            flow.stop()
        holding.pop().end(partial(self.finish, cause))
        self.look_for_peers()

    def end(self, cause: str) -> None:
        """Ends it: every watcher, pipe, greenlet and descriptor of it is gone. Does nothing the second time.

        Where a toxic closes many together, it is only noted: links that it has closed let nothing pass any more.
        """
        if self.ended:
            return
        gathered = self.proxy.shared.cutting.gathered
        if gathered is not None and any(flow.link is not None and flow.link.closing == cause for flow in self.flows):
            gathered.append((self, cause))
            return
        self.ended = True
        self.cause = cause
        if self.dial is not None:
            self.dial.cancel()
            self.dial = None
        if self.alarm is not None:
            self.cancel_alarm()
        if self.greenlet is not None:
            self.proxy.kill(self.greenlet)
        for flow in self.flows:
            if not flow.stopped:
                flow.stop()
            if flow.link is not None:
                flow.link.stop()
                flow.unlink()
            if flow.greenlet is not None:
                self.proxy.kill(flow.greenlet)
        for tunnel in self.tunnels:
            tunnel.leave(self.broken)
        self.close_both()
        if self.flows:
            self.add_up()
            self.flows = ()  # and no reference cycle is left for the collector
        self.proxy.session_ended(self)

    def at_work(self) -> bool:
        return self.greenlet is not None or super().at_work()

    # telling

    @property
    def departures(self) -> Departures:
        return self.proxy.shared.departures  # type: ignore[no-any-return]

    @property
    def vars(self) -> dict[Any, Any]:
        """What hooks want to remember of this session, under keys of their own."""
        if self._vars is None:
            self._vars = {}
        return self._vars

    def stop_propagation(self) -> None:
        """Ends this round: no hook after the one that is running is called at this point."""
        self.stopped = True

    def give_next_call(self, to_backend: bool, handler: ActiveHandler) -> None:
        """The next call of that direction is `handler`'s."""
        if self.flows:
            self.flows[to_backend].forced = handler

    def context(self, to_backend: bool | None = None) -> dict[str, Any]:
        """What every log line of this session carries."""
        direction = "" if to_backend is None else arrow(to_backend)
        return {"proxy": self.proxy.name, "session": self.ordinal, "arrow": direction}
