"""Channel: one direction of a session, from its first byte to its end, and the toxics in it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from vaurien import departure
from vaurien.chance import draw
from vaurien.link import Link
from vaurien.relay import Relay


class Channel(Relay):
    """The bytes from one peer to the other, through the toxics that act on them.

    `handled` counts the calls that a handler got. `shut` says that a handler has told the destination that no more will
    come.
    """

    __slots__ = ("crew", "handled", "key", "proxy", "session", "shut", "to_backend")

    def __init__(self, session: Any, source: socket.SocketType, dest: socket.SocketType, to_backend: bool) -> None:
        self.session = session
        self.proxy = proxy = session.proxy
        self.crew = proxy.crew
        Relay.__init__(self, proxy.loop, proxy.shared.pipes, source, dest)  # quicker than super()
        self.to_backend = to_backend
        self.key: int | None = None
        self.handled = 0
        self.shut = False

    def identity(self) -> int:
        """The key of all draws of this flow."""
        if self.key is None:
            self.key = flow_key(self.proxy, self.session.ordinal, self.to_backend)
        return self.key

    def arrange_toxics(self) -> None:
        """Lets those act on the bytes that the proxy has now, as far as they are drawn for this flow."""
        toxics = [toxic for toxic in self.crew.toxics[self.to_backend] if toxic.affects(self.identity())]
        if self.link is None:
            if not toxics or (self.stopped and not any(toxic.idles for toxic in toxics)):
                return
            self.divert(Link(self, ended=self.stopped))
        self.link.arrange(toxics)

    def unlink(self) -> None:
        """No toxic acts on this flow any more, and nothing is left of what they held."""
        self.session.lose(self.to_backend, self.link.withheld)
        self.divert(None)

    @property
    def holder(self) -> str:
        """The toxic that holds something of this flow for ever; empty if there is none."""
        return "" if self.link is None else self.link.holder

    @property
    def rests(self) -> bool:
        """Whether nothing more comes, and nothing that came is on its way."""
        return self.stopped and (self.link is None or self.link.ended or self.link.stopped or bool(self.holder))

    def after_link(self, then: Callable[[], None]) -> None:
        """Calls `then` when all that toxics hold has been written: at once, where there are none."""
        if self.link is None:
            then()
        else:
            self.link.end(then)

    # the end

    def source_ended(self) -> None:
        other = self.session.flows[not self.to_backend]
        if (other.bulk or other.handled) and not (other.stopped or other.shut) and departure.was_reset(self.source):
            return self.source_lost()  # a splice that has moved some bytes, or a handler, has swallowed the error
        self.stop()
        if self.link is None:
            self.over()
        else:
            self.link.end(self.over)
            self.session.look_for_peers()

    def over(self) -> None:
        """The source has said all it will ever say, and all of it is written."""
        if self.session.open_flows > 1:  # the last to end is followed by the close, which says the same
            self.end_stream()
            self.session.watch_out(self)
        self.session.flow_ended(self, "closed")

    def source_lost(self) -> None:
        self.stop()
        self.after_link(partial(self.session.peer_lost, self.to_backend))
        self.session.look_for_peers()

    def dest_lost(self) -> None:
        self.stop()
        self.session.flow_broken(self)

    def failed(self) -> None:
        self.session.failed(self.to_backend)


def flow_key(proxy: Any, ordinal: int, to_backend: bool) -> int:
    """The key of all draws of a flow, of the session with that ordinal."""
    return draw(proxy.key, 2 * ordinal + to_backend)
