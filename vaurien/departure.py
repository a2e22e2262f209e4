"""Departure: learning that a peer has left while nobody reads what it says."""

from __future__ import annotations

import errno
import logging
import select
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import gevent
from gevent.event import Event

from vaurien.closing import drained
from vaurien.relay import CHUNK, READ

log = logging.getLogger("vaurien.session")

GONE = frozenset((errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN, errno.ESHUTDOWN, errno.ECONNABORTED, errno.ETIMEDOUT))
"""What a handler meets whose peer has left."""
LEFT = getattr(select, "POLLRDHUP", 0)
SOON = 0.1
"""How long a session whose one peer has ended is left unwatched, in seconds."""
LINGER = 1.0
"""How long a peer that was told the end may go on talking, in seconds (chosen arbitrarily)."""
DRAIN = 64
"""So many full reads at most are thrown away at once."""
PROBES = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""A peer that is silent for so many seconds is asked whether it is there, every so many, so often; tcp(7)."""
INTERVAL = 0.25
"""How often to look, in seconds, where the kernel has no epoll that could tell."""


class Departures:
    """Tells of peers that leave, for the descriptors of one daemon, through one epoll in its event loop.

    gevent's watchers know only "readable" and "writable": a peer that resets its connection after it has half-closed
    it, or while a handler reads nothing, would go unseen. An epoll can wait for just that, and is itself readable
    when it has something to tell: epoll(7). Without epoll, `watch` does nothing and `wait` looks now and then.
    """

    def __init__(self, loop: Any) -> None:
        self._told: dict[int, Callable[[], None]] = {}
        self._loop = loop
        self._leaving: set[_Leaving] = set()
        self._soon: dict[int, Callable[[], None]] = {}
        self._timer: Any = None
        self._epoll: select.epoll | None = None
        try:
            self._epoll = select.epoll()
        except (AttributeError, OSError):  # not Linux, or no descriptor left
            return
        self._reader = loop.io(self._epoll.fileno(), READ)
        self._reader.start(self._on_readable)

    def watch(self, descriptor: int, left: Callable[[], None], orderly: bool = False) -> None:
        """Calls `left`, once and in the event loop, when the peer resets its connection; if `orderly`, also when it
        closes or half-closes it. A descriptor has one watch at a time, the last; `forget` it before it is closed."""
        if self._epoll is None:
            return
        events = select.EPOLLONESHOT | (select.EPOLLRDHUP if orderly else 0)
        if descriptor in self._told:
            self._epoll.modify(descriptor, events)
        else:
            self._epoll.register(descriptor, events)
        self._told[descriptor] = left

    def watch_soon(self, descriptor: int, left: Callable[[], None]) -> None:
        """As `watch`, from a moment later on, if it is not forgotten before: most sessions end right after the first
        of their peers, and so cost no system call."""
        self._soon[descriptor] = left
        if self._timer is None:
            self._timer = self._loop.timer(SOON)
            self._timer.start(self._on_timer)

    def _on_timer(self) -> None:
        self._stop_timer()
        soon, self._soon = self._soon, {}
        for descriptor, left in soon.items():
            try:
                self.watch(descriptor, left)
            except Exception:
                log.exception("internal error in a departure")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def forget(self, descriptor: int) -> None:
        """Ends a watch, if there is one."""
        if self._soon:
            self._soon.pop(descriptor, None)
        if self._epoll is not None and self._told.pop(descriptor, None) is not None:
            with suppress(OSError):
                self._epoll.unregister(descriptor)

    def wait(self, descriptors: Sequence[int]) -> None:
        """Blocks this greenlet until the peer of one of the sockets has closed, half-closed or reset its connection."""
        if self._epoll is None:
            while not left(descriptors):
                gevent.sleep(INTERVAL)
            return
        gone = Event()
        leave = gone.set
        soon = {descriptor: self._soon.pop(descriptor, None) for descriptor in descriptors}
        before = {descriptor: self._told.get(descriptor) or soon[descriptor] for descriptor in descriptors}
        for descriptor in descriptors:
            self.watch(descriptor, leave, orderly=True)
        try:
            gone.wait()
        finally:
            for descriptor, told in before.items():
                if self._told.get(descriptor) is leave:  # if the session has ended, the number may be another's
                    self.forget(descriptor)
                    if told is not None:
                        self.watch(descriptor, told)

    def _on_readable(self) -> None:
        assert self._epoll is not None
        for descriptor, _ in self._epoll.poll(0):
            told = self._told.get(descriptor)
            try:
                if told is not None:
                    told()
            except Exception:
                log.exception("internal error in a departure")

    def see_off(self, sock: socket.SocketType) -> None:
        """Closes `sock` in good order, though its peer may be in the middle of saying more.

        A socket that is closed with bytes unread, or gets more of them, answers with a reset, and the peer may lose
        what it had yet to read. So a peer that talks is told the end, and what it says is read and dropped until it
        has understood, or for `LINGER` seconds.
        """
        with suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
        if not drained(sock, DRAIN):
            sock.close()
            return
        own = socket.SocketType(sock.family, sock.type, sock.proto, sock.detach())  # for its owner it is closed
        self._leaving.add(_Leaving(self._loop, own, self._leaving))

    def close(self) -> None:
        """Ends all watches, and closes what is being seen off."""
        for leaving in list(self._leaving):
            leaving.close()
        self._stop_timer()
        if self._epoll is not None:
            self._reader.stop()
            self._reader.close()
            self._epoll.close()


class _Leaving:
    """A socket whose peer has been told the end and has yet to stop talking."""

    __slots__ = ("all", "reader", "sock", "timer")

    def __init__(self, loop: Any, sock: socket.SocketType, all: set[_Leaving]) -> None:
        self.sock = sock
        self.all = all
        self.reader = loop.io(sock.fileno(), READ)
        self.reader.start(self.on_readable)
        self.timer = loop.timer(LINGER)
        self.timer.start(self.close)

    def on_readable(self) -> None:
        try:
            if self.sock.recv(CHUNK):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.close()

    def close(self) -> None:
        for watcher in (self.reader, self.timer):
            watcher.stop()
            watcher.close()
        self.sock.close()
        self.all.discard(self)


def keep_alive(sockets: Iterable[socket.SocketType]) -> None:
    """Lets the kernel ask peers of which nothing is heard whether they are still there, and reset the connection if one
    is not: a machine that has vanished says no word."""
    for sock in sockets:
        with suppress(OSError):  # a Unix socket's peer cannot vanish
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in PROBES:
                if hasattr(socket, name):  # not everywhere by this name
                    sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def was_reset(sock: socket.SocketType) -> bool:
    """Whether the peer of a socket that is still open for writing has reset its connection.

    The error itself is told only once, to whoever reads or writes first; "hung up" stays: poll(2). A Unix socket
    hangs up however its peer has closed, and knows no reset.
    """
    if sock.family == socket.AF_UNIX:
        return False
    descriptor = sock.fileno()
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


def gone(sock: socket.SocketType) -> bool:
    """Whether the peer has reset its connection, or closed or half-closed it and left nothing to be read."""
    poll = select.poll()
    poll.register(sock.fileno(), 0)
    if any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0)):
        return True
    try:
        return not sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def left(descriptors: Sequence[int]) -> bool:
    """Whether the peer of one of the sockets has closed, half-closed or reset its connection by now."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, LEFT)
    return bool(poll.poll(0))
