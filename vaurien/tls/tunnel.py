"""Tunnel: one side of a session in its coat, from the peer's first byte until all is over."""

from __future__ import annotations

import logging
import select
import sys
from collections.abc import Callable
from typing import Any

from vaurien import closing
from vaurien.dial import Socket
from vaurien.tls.coat import Coat
from vaurien.tls.engine import reason_of
from vaurien.tls.pair import connected_pair
from vaurien.tls.passage import Passage
from vaurien.tls.watches import Step

log = logging.getLogger("vaurien.session")

STALLED = 5.0
"""After its session, a tunnel whose peer takes nothing for so many seconds ends (chosen arbitrarily)."""


class Tunnel(Passage):
    """`peer` is the socket of the client or backend; `near`, made when the coat is open, is our end of a pair whose
    other end is the session's plain socket.

    Calls `opened(plain)` or `failed(reason)` once, in the event loop, neither after `leave`. The peer's socket belongs
    to it from `opened` on, or, if it is `owned`, from the start. A reset on one end is a reset on the other. It lives
    until both directions are over; a session that ends says so with `leave`, and what it said before is delivered.
    """

    __slots__ = ("_alarm", "_broken", "context", "failed", "name", "opened", "owned", "shared", "timeout")

    def __init__(
        self,
        shared: Any,
        name: str,
        peer: Socket,
        coat: Coat,
        timeout: float,
        context: dict[str, Any],
        owned: bool = False,
    ) -> None:
        """`name` says whose side it is, in the log, whose lines have the `context`. `timeout` is for each time that the
        peer must say something before the session can go on, in seconds."""
        super().__init__(shared.loop, peer, coat)
        self.shared = shared
        self.name = name
        self.timeout = timeout
        self.context = context
        self.owned = owned
        self.opened: Callable[[Socket], None] | None = None
        self.failed: Callable[[str], None] | None = None
        self._broken = False
        self._alarm: Any = None

    def start(self, opened: Callable[[Socket], None], failed: Callable[[str], None]) -> None:
        """Begins."""
        self.opened, self.failed = opened, failed
        self.shared.tunnels.add(self)
        self.guarded(self._begin)

    def _begin(self) -> None:
        self.coat.begin()
        self.flush()
        if self.coat.open and not self.closed:
            self.opened_by(b"")

    def guarded(self, act: Step) -> None:
        """Takes one step in the event loop, and then arranges what is waited for."""
        try:
            act()
        except (OSError, ValueError) as exc:  # of TLS, or of what comes before it
            if not self.closed:
                self.flush()
                self.broken(reason_of(exc))
        except Exception:
            log.error("internal error", exc_info=sys.exception(), extra=self.context)
            self.broken("internal error")
        if not self.closed:
            self.arrange()
            if not self.left and self.coat.waits != (self._alarm is not None):
                self._set_alarm(self.timeout if self.coat.waits else None)

    def opened_by(self, data: bytes) -> None:
        """The coat is open: the session may begin, and finds `data` there."""
        self.near, plain = connected_pair()
        self.owned = True
        self.shared.departures.watch(self.peer.fileno(), self._on_peer_gone)
        self.shared.departures.watch(self.near.fileno(), self._on_near_gone)
        if data:
            self.give(data)
        opened, self.opened, self.failed = self.opened, None, None
        assert opened is not None
        opened(plain)

    # the end

    def _on_peer_gone(self) -> None:
        """The peer has reset its connection, or both its directions are over. Who reads will see it after all that
        came before it."""
        if not self._watches.reads(self.peer) and was_lost(self.peer):
            self.guarded(self.peer_lost)

    def _on_near_gone(self) -> None:
        near = self.near
        if near is None or self._watches.reads(near) or (self.left and not self._broken):
            return  # it will be seen after all that came before it
        if was_lost(near):
            self.guarded(self.near_lost)

    def peer_lost(self, reason: str = "it left") -> None:
        """The peer has reset its connection: so is the session's."""
        if self.near is None:
            self._give_up(reason)
        else:
            self._close(True)

    def near_lost(self) -> None:
        """The session has reset its end; or it has closed it in good order, and could not take what came too late."""
        if self.left and not self._broken:
            self.near_ended()
            self.flush()
        else:
            self._close(not self._told_end)

    def broken(self, reason: str) -> None:
        """The peer does not speak as it should."""
        if self.closed:
            return
        if self.near is None:
            return self._give_up(reason)
        if not self.left:
            log.warning("%s's TLS failed: %s", self.name, reason, extra=self.context)
        self._drop_near(True)
        self._close(False)

    def over(self) -> None:
        """All that was said in both directions is delivered."""
        self._close(False)

    def leave(self, broken: bool) -> None:
        """The session is about to close its sockets, with resets if it is `broken`: what it has said is delivered, and
        that is all. Before `opened`, a peer's socket that is not `owned` stays as it is."""
        if self.closed or self.left:
            return
        self.left = True
        self.opened = self.failed = None
        if self.near is None:
            return self._stop()
        self._broken = broken or was_lost(self.near)  # a handler has reset it
        self._to_near = b""
        self._set_alarm(None)  # that of a handshake may ring much later
        self._set_alarm(STALLED)
        self.guarded(self.finish_if_over)

    def close(self) -> None:
        """Ends it at once."""
        if self.near is not None:
            self._close(True)
        else:
            self._stop()

    def _on_alarm(self) -> None:
        self._set_alarm(None)
        if not self.left:
            self.broken(f"no handshake in {self.timeout:g} s")
        elif self.moved:
            self.moved = False
            self._set_alarm(STALLED)
        else:
            self._close(True)

    def _set_alarm(self, seconds: float | None) -> None:
        """Starts it, if it is not started yet; None stops it."""
        if seconds is None and self._alarm is not None:
            self._alarm.stop()
            self._alarm.close()
            self._alarm = None
        elif seconds is not None and self._alarm is None:
            self._alarm = self.shared.loop.timer(seconds)
            self._alarm.start(self.guarded, self._on_alarm)

    def _give_up(self, reason: str) -> None:
        """The session cannot begin."""
        failed = self.failed
        self._stop()
        if failed is not None:
            failed(reason)

    def _close(self, broken: bool) -> None:
        """Ends it, with resets if it is `broken`."""
        if self.closed:
            return
        self.owned = False
        self._drop_near(broken)
        self._stop()
        self.shared.departures.forget(self.peer.fileno())
        if broken:
            closing.reset(self.peer)
        elif self._peer_done:
            self.peer.close()
        else:
            self.shared.departures.see_off(self.peer)

    def _drop_near(self, broken: bool) -> None:
        near, self.near = self.near, None
        if near is not None:
            self._watches.drop(near)
            self.shared.departures.forget(near.fileno())
            if broken:
                closing.reset(near)
            else:
                near.close()

    def _stop(self) -> None:
        self.closed = True
        self.opened = self.failed = None
        self._set_alarm(None)
        self._watches.drop(self.peer)
        self.shared.tunnels.discard(self)
        if self.owned:
            self.peer.close()


def was_lost(sock: Socket) -> bool:
    """Whether a connection has been reset; who reads is still told so."""
    poll = select.poll()
    poll.register(sock.fileno(), 0)
    return any(events & select.POLLERR for _, events in poll.poll(0))
