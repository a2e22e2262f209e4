"""Passage: the bytes between a peer's socket and the session, through a coat, moved inside the event loop."""

from __future__ import annotations

import socket
from abc import abstractmethod
from typing import Any

from vaurien.dial import Socket
from vaurien.relay import CHUNK, READ, WRITE
from vaurien.tls.coat import Coat
from vaurien.tls.engine import reason_of
from vaurien.tls.watches import Step, Watches

MOST_PENDING = 4 * CHUNK
"""With so many bytes waiting for the peer, no more is read from it: some of what it says makes TLS answer."""


class Passage:
    """Moves bytes both ways between `peer` and `near`, two plain non-blocking sockets, the second None at first.

    The end of one stream is the end of the other. What one side has no room for waits, and then nothing more is read
    for it. `left` says that nobody is there any more to whom what the peer says could be given.
    """

    __slots__ = (
        "_near_done",
        "_peer_done",
        "_to_near",
        "_to_peer",
        "_told_end",
        "_wanted",
        "_watches",
        "closed",
        "coat",
        "left",
        "moved",
        "near",
        "peer",
    )

    def __init__(self, loop: Any, peer: Socket, coat: Coat) -> None:
        self.peer = peer
        self.near: Socket | None = None
        self.coat = coat
        self.closed = False
        self.left = False
        self.moved = False
        self._to_near: Any = b""
        self._to_peer: Any = b""
        self._peer_done = False
        self._near_done = False
        self._told_end = False
        self._watches = Watches(loop)
        self._wanted = (False, False, False, False)

    @abstractmethod
    def guarded(self, act: Step) -> None:
        """Takes one step, and then arranges what is waited for. What the step raises is dealt with."""

    @abstractmethod
    def opened_by(self, data: bytes) -> None:
        """The coat is open: the session may begin, and finds `data` there."""

    @abstractmethod
    def peer_lost(self, reason: str) -> None:
        """The peer can no more be read or written to."""

    @abstractmethod
    def near_lost(self) -> None:
        """The session can no more be read or written to."""

    @abstractmethod
    def broken(self, reason: str) -> None:
        """The peer does not speak as it should."""

    @abstractmethod
    def over(self) -> None:
        """All that was said in both directions is delivered."""

    def arrange(self) -> None:
        """Waits for what can be done next."""
        unwanted = self._peer_done or (self.left and not self.coat.waits)  # a handshake goes on for the last words
        peer_deaf = unwanted or bool(self._to_near) or len(self._to_peer) > MOST_PENDING
        near_deaf = self.near is None or self._near_done or bool(self._to_peer) or self.coat.waits
        wanted = (not peer_deaf, bool(self._to_peer), not near_deaf, bool(self._to_near))
        if wanted == self._wanted:
            return  # most of the time
        self._wanted = wanted
        watches, near = self._watches, self.near
        watches.want(self.peer, READ, self.guarded, self._on_peer_readable, wanted[0])
        watches.want(self.peer, WRITE, self.guarded, self.flush, wanted[1])
        if near is not None:
            watches.want(near, READ, self.guarded, self._on_near_readable, wanted[2])
            watches.want(near, WRITE, self.guarded, self._on_near_writable, wanted[3])

    # from the peer

    def _on_peer_readable(self) -> None:
        try:
            data = self.peer.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError as exc:
            return self.peer_lost(reason_of(exc))
        if data:
            self._came(data)
        else:
            self._peer_ended()

    def _came(self, data: bytes) -> None:
        data = self.coat.from_peer(data)
        self.flush()
        if self.closed:
            return
        if self.coat.open and self.near is None:
            self.opened_by(data)
        elif data:
            self.give(data)
        if self.coat.ended and not (self._peer_done or self.closed):
            self._peer_ended()

    def give(self, data: Any) -> None:
        """To the session."""
        if self.near is None or self.left:
            return
        try:
            sent = self.near.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return self.near_lost()
        self._to_near = memoryview(data)[sent:] if sent < len(data) else b""
        if self._peer_done and not self._to_near:
            self._end_near()

    def _on_near_writable(self) -> None:
        self.give(self._to_near)

    def _peer_ended(self) -> None:
        """The peer has no more to say."""
        if self.coat.waits:
            return self.broken("it left")
        left = self.coat.peer_ended()
        if left:
            self.give(bytes(self._to_near) + left)
        self._peer_done = True
        if not self._to_near:
            self._end_near()

    def _end_near(self) -> None:
        assert self.near is not None
        try:
            self.near.shutdown(socket.SHUT_WR)
        except OSError:
            return  # it is gone, which will be seen
        self.finish_if_over()

    # from the session

    def _on_near_readable(self) -> None:
        assert self.near is not None
        try:
            data = self.near.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            return self.near_lost()
        if data:
            self.coat.from_session(data)
        else:
            self.near_ended()
        self.flush()

    def near_ended(self) -> None:
        """The session has no more to say."""
        self._near_done = True
        self.coat.session_ended()

    def flush(self) -> None:
        """To the peer: all that is to be sent, or as much as it has room for."""
        out = self.coat.output()
        if out:
            self._to_peer = bytes(self._to_peer) + out if self._to_peer else out
        if self._to_peer:
            try:
                sent = self.peer.send(self._to_peer)
            except BlockingIOError:
                sent = 0
            except OSError:
                return self._peer_deaf()
            self.moved = self.moved or sent > 0
            self._to_peer = memoryview(self._to_peer)[sent:] if sent < len(self._to_peer) else b""
        if self._near_done and not self._to_peer and not self._told_end:
            self._end_peer()

    def _peer_deaf(self) -> None:
        """The peer takes no more. What it said before may still wait to be read, and then the reader sees the loss."""
        self._to_peer = b""
        self._near_done = self._told_end = True
        if self._peer_done or self.left:
            self.peer_lost("it left")

    def _end_peer(self) -> None:
        self._told_end = True
        try:
            self.peer.shutdown(socket.SHUT_WR)
        except OSError:
            return self._peer_deaf()
        self.finish_if_over()

    def finish_if_over(self) -> None:
        if self._told_end and (self.left or (self._peer_done and not self._to_near)):
            self.over()
