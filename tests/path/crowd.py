"""Many sessions at once in one thread of the test: peers whose streams say whose they are, and who may leave early."""

from __future__ import annotations

import errno
import random
import selectors
import socket
import struct

from tests.path.tools import reset
from tests.running import DEADLINE

BLOCK = 4096
BLOCKS = 200
"""A stream is 800 KiB: full buffers, so that it is spliced."""
HEADER = struct.Struct(">HHBI")
"""Round, session, direction, and the block's place in its stream."""
IMPATIENCE = 0.05
"""When nothing has moved for so many seconds, those who want to leave do it."""


class Stream:
    """A whole stream, of which every block says whose it is."""

    def __init__(self, number: int, session: int, to_backend: bool) -> None:
        own = bytes([session % 251 + 1]) * (BLOCK - HEADER.size)
        self.data = b"".join(HEADER.pack(number, session, to_backend, place) + own for place in range(BLOCKS))

    def check(self, heard: bytes) -> None:
        """Fails unless `heard` is this stream as far as it goes."""
        if heard == self.data[: len(heard)]:
            return
        for start in range(0, len(heard), BLOCK):
            block = heard[start : start + BLOCK]
            if block != self.data[start : start + len(block)]:
                whose = HEADER.unpack(block[: HEADER.size].ljust(HEADER.size, b"?"))
                raise AssertionError(f"foreign or misplaced bytes at {start}: {whose} instead of {self.data[:9]!r}")
        raise AssertionError("more was heard than was said")


class Peer:
    """One end of a session: says its own stream and hears the other's."""

    def __init__(self, sock: socket.socket, says: Stream, hears: Stream) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.rest = memoryview(says.data)
        self.hears = hears
        self.heard = bytearray()
        self.moved = 0
        self.ended = self.heard_end = self.broken = False
        self.leaves_after: int | None = None
        self.reads_until: int | None = None
        self.by_reset = False

    def leave(self, chance: random.Random) -> None:
        """Makes it one that leaves at some moment, and perhaps stops reading at an earlier one."""
        total = 2 * len(self.rest)
        self.leaves_after = chance.randrange(total)
        self.by_reset = chance.random() < 0.5
        if chance.random() < 0.5:
            self.reads_until = chance.randrange(total // 2)

    @property
    def done(self) -> bool:
        """Whether it has left, or has nothing more to say nor to hear."""
        left = self.leaves_after is not None and self.moved >= self.leaves_after
        return left or self.broken or (self.ended and self.heard_end)

    def events(self) -> int:
        """What to wait for; 0 for nothing."""
        reads = not self.heard_end and (self.reads_until is None or len(self.heard) < self.reads_until)
        return (selectors.EVENT_READ if reads else 0) | (0 if self.ended else selectors.EVENT_WRITE)

    def on_event(self, mask: int) -> None:
        try:
            if mask & selectors.EVENT_WRITE:
                self.speak()
            if mask & selectors.EVENT_READ:
                self.listen()
        except OSError as exc:
            if exc.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
                raise
            self.broken = True

    def speak(self) -> None:
        if self.rest:
            count = self.sock.send(self.rest[:100_000])
            self.rest = self.rest[count:]
            self.moved += count
        else:
            self.sock.shutdown(socket.SHUT_WR)
            self.ended = True

    def listen(self) -> None:
        data = self.sock.recv(100_000)
        self.heard += data
        self.moved += len(data)
        self.heard_end = not data

    def close(self) -> None:
        if self.by_reset:
            reset(self.sock)
        else:
            self.sock.close()

    def check(self, whole: bool) -> None:
        """Fails if it has heard what was not meant for it, or too little where it had to hear all."""
        self.hears.check(bytes(self.heard))
        assert not whole or len(self.heard) == len(self.hears.data), f"only {len(self.heard)} bytes came"


def pump(peers: list[Peer]) -> None:
    """Lets all talk until every one is done; closes their sockets."""
    with selectors.DefaultSelector() as selector:
        waiting: dict[Peer, int] = {}
        for peer in peers:
            _await(selector, waiting, peer)
        while waiting:
            ready = selector.select(IMPATIENCE)
            leaving = [] if ready else [peer for peer in waiting if peer.leaves_after is not None]
            for peer in leaving:
                peer.leaves_after = 0
                _await(selector, waiting, peer)
            ready = ready or (selector.select(DEADLINE) if waiting else [])
            assert ready or not waiting, f"nothing moves any more, and {len(waiting)} peers are not done"
            for key, mask in ready:
                key.data.on_event(mask)
                _await(selector, waiting, key.data)


def _await(selector: selectors.BaseSelector, waiting: dict[Peer, int], peer: Peer) -> None:
    """Waits for what the peer waits for now; closes it once it is done."""
    wanted = 0 if peer.done else peer.events()
    if waiting.get(peer, 0):
        selector.unregister(peer.sock)
    waiting[peer] = wanted
    if wanted:
        selector.register(peer.sock, wanted, peer)
    if peer.done:
        del waiting[peer]
        peer.close()
