"""Relay: the bytes of one direction, moved inside the event loop.

A read that fills the buffer moves the relay to ``splice``, so that bulk bytes never enter Python; a small one moves
it back. Only when the destination is full does it stop reading and wait until it can write.
"""

from __future__ import annotations

import errno
import os
import socket
from abc import abstractmethod
from typing import Any

from gevent.socket import wait_write

from vaurien.pipes import SIZE, Pipe, PipePool

SHUT_WR = int(socket.SHUT_WR)
READ, WRITE = 1, 2
"""Event masks of gevent's ``loop.io``."""
CHUNK = 65536
"""The most that one copied read takes, in bytes."""
SPLICE_BACK = 16384
"""A splice as small as this many bytes: the burst is over."""
FLAGS = 3
"""``SPLICE_F_MOVE | SPLICE_F_NONBLOCK``: splice(2)."""
NO_SPLICE = frozenset((errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP))


class Relay:
    """Moves bytes from `source` to `dest`, two plain non-blocking sockets that belong to its owner.

    `reader` is the one read watcher that it has for its whole life. `pending` is what was read and not yet written:
    a view of the bytes, or, while there is a pipe, their number in it. `bulk` says that the next move is a splice.
    `link` is what takes the bytes in the place of `dest`, if there is one (`vaurien.link`): then `send` is its.
    `most` is what one copied read takes, in bytes. `calls` counts the moves, `bytes` what was moved.
    """

    __slots__ = (
        "bulk",
        "bytes",
        "calls",
        "dest",
        "link",
        "loop",
        "most",
        "pending",
        "pipe",
        "pipes",
        "reader",
        "recv",
        "send",
        "source",
        "stopped",
        "writer",
    )

    def __init__(self, loop: Any, pipes: PipePool, source: socket.SocketType, dest: socket.SocketType) -> None:
        self.loop = loop
        self.pipes = pipes
        self.source = source
        self.dest = dest
        self.recv = source.recv
        self.send: Any = dest.send
        self.link: Any = None
        self.pending: Any = None
        self.pipe: Pipe | None = None
        self.bulk = False
        self.most = CHUNK
        self.writer: Any = None
        self.calls = 0
        self.bytes = 0
        self.stopped = False
        self.reader = loop.io(source.fileno(), READ)

    @abstractmethod
    def listen(self) -> None:
        """Starts the reader, if nothing speaks against reading on."""

    @abstractmethod
    def source_ended(self) -> None:
        """The source has said all it will ever say, and all of it is written."""

    @abstractmethod
    def source_lost(self) -> None:
        """The source can no more be read: its peer has reset it."""

    @abstractmethod
    def dest_lost(self) -> None:
        """The destination can no more be written to; what was pending is lost."""

    @abstractmethod
    def failed(self) -> None:
        """Something raised that should not, in a callback of the event loop; called inside its ``except``."""

    def relay(self, counts: int = 1) -> None:
        """Moves what waits, once; it is so many calls. The source is readable."""
        if self.bulk:
            return self.relay_spliced()
        try:
            data = self.recv(self.most)
        except BlockingIOError:
            return
        except OSError:
            return self.source_lost()
        if not data:
            return self.source_ended()
        self.calls += counts
        self.bytes += len(data)
        try:
            sent = self.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return self.dest_lost()
        if sent < len(data):
            self.wait_writable(memoryview(data)[sent:])
        else:
            self.bulk = len(data) == CHUNK and self.link is None

    def write(self, data: bytes) -> None:
        """Writes what was read otherwise; what the destination has no room for is pending then."""
        self.bytes += len(data)
        try:
            sent = self.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return self.dest_lost()
        if sent < len(data):
            self.wait_writable(memoryview(data)[sent:])

    def relay_copied(self, counts: int = 1) -> None:
        """Moves at most what one read takes, though it may be a burst."""
        self.bulk = False
        self.relay(counts)

    def relay_spliced(self) -> None:
        pipe = self.pipe = self.pipes.take()
        if pipe is None:
            return self.relay_copied()
        try:
            got = os.splice(self.source.fileno(), pipe[1], SIZE, flags=FLAGS)
        except BlockingIOError:
            return self.give_pipe_back()
        except OSError as exc:
            self.give_pipe_back()
            if exc.errno in NO_SPLICE:
                return self.relay_copied()
            return self.source_lost()
        if not got:
            self.give_pipe_back()
            return self.source_ended()
        self.calls += 1
        self.bytes += got
        self.pending = got  # before the write: a pipe with bytes inside must never go back to the pool
        try:
            self.pending -= os.splice(pipe[0], self.dest.fileno(), got, flags=FLAGS)
        except BlockingIOError:
            pass
        except OSError:
            return self.dest_lost()
        if self.pending:
            self.wait_writable(self.pending)
        else:
            self.give_pipe_back()
            self.bulk = got >= SPLICE_BACK

    def give_pipe_back(self) -> None:
        """An idle relay has no pipe: they are descriptors, and other relays can use them."""
        pipe, self.pipe = self.pipe, None
        if pipe is None:
            return
        if self.pending:
            self.pipes.discard(pipe)
        else:
            self.pipes.give(pipe)

    def wait_writable(self, pending: Any) -> None:
        self.pending = pending
        self.reader.stop()
        if self.link is not None:
            return self.link.when_room(self.on_writable)  # type: ignore[no-any-return]
        if self.writer is None:
            self.writer = self.loop.io(self.dest.fileno(), WRITE)
        self.writer.start(self.on_writable)

    def on_writable(self) -> None:
        """The destination, which was full, has room again."""
        if self.stopped or not self.pending:
            return
        try:
            self.write_pending()
        except BlockingIOError:
            self.wait_writable(self.pending)
        except OSError:
            self.dest_lost()
        except Exception:
            self.failed()

    def wait_flushed(self) -> None:
        """Blocks the calling greenlet until nothing is pending."""
        while self.pending and not self.stopped:
            if self.link is None:
                wait_write(self.dest.fileno())
            else:
                self.link.wait_room()

    def write_pending(self) -> None:
        if self.pipe is not None:
            self.pending -= os.splice(self.pipe[0], self.dest.fileno(), self.pending, flags=FLAGS)
        else:
            self.pending = self.pending[self.send(self.pending) :]
        if not self.pending:
            self.pending = None
            self.give_pipe_back()
            self.stop_writer()
            self.listen()
        elif self.link is not None:
            self.wait_writable(self.pending)

    def stop_writer(self) -> None:
        if self.writer is not None:
            self.writer.stop()

    def divert(self, link: Any) -> None:
        """What is read from now on goes to `link`, and so does what waits to be written; None is `dest` again."""
        self.link = link
        self.send = self.dest.send if link is None else link.send
        self.bulk = False
        if not self.pending or self.stopped:
            return
        if link is None:
            return self.wait_writable(self.pending)
        self.stop_writer()
        if self.pipe is not None:
            got = bytearray()
            while len(got) < self.pending:
                got += os.read(self.pipe[0], self.pending - len(got))
            self.pending = None
            self.give_pipe_back()
            self.pending = memoryview(got)
        self.on_writable()

    def stop(self) -> None:
        """Takes off the watchers and gives the pipe back; bytes that are still pending are lost."""
        if self.stopped:
            return
        self.stopped = True
        self.reader.stop()
        self.reader.close()
        if self.writer is not None:
            self.writer.stop()
            self.writer.close()
        self.give_pipe_back()

    def end_stream(self) -> None:
        """Tells the destination that no more will come."""
        try:
            self.dest.shutdown(SHUT_WR)
        except OSError:  # it has left already
            pass
