"""Dial: reaching the backend without blocking, one candidate address after the other."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any

import gevent

from vaurien.backend import Backend, Candidate
from vaurien.relay import WRITE

Socket = socket.SocketType
"""The plain socket beneath `socket.socket`, which is quicker to make."""
UNDER_WAY = frozenset((errno.EINPROGRESS, errno.EALREADY, errno.EINTR))
RETRY = 0.01
"""A Unix socket whose queue is full says EAGAIN at once: it is tried again after so many seconds."""


NONBLOCK = getattr(socket, "SOCK_NONBLOCK", 0)


def begin(candidate: Candidate) -> tuple[Socket, int]:
    """A new non-blocking socket that connects to `candidate`, and the error number so far: 0 if it stands already.

    Raises `OSError` if there is no descriptor for it.
    """
    family, address = candidate
    sock = Socket(family, socket.SOCK_STREAM | NONBLOCK)
    if not NONBLOCK:
        sock.setblocking(False)
    if family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    error = sock.connect_ex(address)
    if error in UNDER_WAY:
        # on loopback the handshake is over by now, and asking again says so: no watcher, no turn of the loop
        error = sock.connect_ex(address)
    return sock, error


def connect(
    loop: Any, backend: Backend, timeout: float, connected: Callable[[Socket], None], failed: Callable[[str], None]
) -> Dial | None:
    """Calls `connected` at once if the backend's first address accepts at once; if not, starts the `Dial` that is
    returned. Raises `OSError` if there is no descriptor for a socket: then it may be called again later.
    """
    known = backend.known()
    if not known:
        dial = Dial(loop, backend, timeout, connected, failed)
        dial.look_up()
        return dial
    sock, error = begin(known[0])
    if error:
        dial = Dial(loop, backend, timeout, connected, failed)
        dial.take_over(known, sock, error)
        return dial
    try:
        connected(sock)
    except BaseException:
        sock.close()
        raise
    return None


class Dial:
    """One session's way to a connected socket.

    Exactly one of `connected(sock)` and `failed(reason)` is called, possibly before `start` returns; after `cancel`
    neither is. The socket then belongs to the one who was called.
    """

    __slots__ = (
        "backend",
        "candidates",
        "connected",
        "failed",
        "lookup",
        "loop",
        "sock",
        "timeout",
        "timer",
        "watcher",
    )

    def __init__(
        self,
        loop: Any,
        backend: Backend,
        timeout: float,
        connected: Callable[[Socket], None],
        failed: Callable[[str], None],
    ) -> None:
        """`timeout` is for all candidates together, in seconds, from the moment at which their first has no answer."""
        self.loop = loop
        self.backend = backend
        self.timeout = timeout
        self.connected = connected
        self.failed = failed
        self.candidates: list[Candidate] = []
        self.sock: Socket | None = None
        self.lookup: Any = None
        self.watcher: Any = None
        self.timer: Any = None

    def look_up(self) -> None:
        """Starts with asking for the backend's addresses."""
        self._start_timer()
        self.lookup = gevent.spawn(self._look_up)

    def take_over(self, candidates: list[Candidate], sock: Socket, error: int) -> None:
        """Starts with a `sock` that connects to the first of the candidates and has come to `error` so far.

        Raises `OSError` if there is no descriptor for the next one.
        """
        self.candidates = list(candidates)
        self.sock = sock
        self._settle(error)

    def _look_up(self) -> None:
        """In a greenlet: the backend has a name that nobody has asked for yet."""
        try:
            self.candidates = list(self.backend.look_up())
        except OSError as exc:
            self._give_up(f"cannot resolve {self.backend.address.host}: {exc.strerror or exc}")
            return
        self.lookup = None
        try:
            self._try_next()
        except OSError as exc:
            self._give_up(reason_of(exc))

    def cancel(self) -> None:
        """Gives up; nothing is left behind."""
        if self.lookup is not None and self.lookup is not gevent.getcurrent():
            self.lookup.kill(block=False)
        self.lookup = None
        self._stop_watching()
        if self.timer is not None:
            self.timer.stop()
            self.timer.close()
            self.timer = None
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def _try_next(self) -> None:
        self.sock, error = begin(self.candidates[0])
        self._settle(error)

    def _settle(self, error: int) -> None:
        if not error or error == errno.EISCONN:
            self._succeed()
        elif error in UNDER_WAY:
            self._start_timer()
            self.watcher = self.loop.io(self._fileno(), WRITE)
            self.watcher.start(self._on_writable)
        elif error == errno.EAGAIN:
            self._start_timer()
            self.watcher = self.loop.timer(RETRY)
            self.watcher.start(self._on_retry)
        else:
            self._fall_through(os.strerror(error).lower())

    def _on_writable(self) -> None:
        self._stop_watching()
        assert self.sock is not None
        self._guarded(lambda sock: sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _on_retry(self) -> None:
        self._stop_watching()
        address = self.candidates[0][1]
        self._guarded(lambda sock: sock.connect_ex(address))

    def _guarded(self, ask: Callable[[Socket], int]) -> None:
        """Settles by what `ask` says; an exception, whatever it is, is this dial's failure and not the loop's."""
        assert self.sock is not None
        try:
            self._settle(ask(self.sock))
        except Exception as exc:
            self._give_up(reason_of(exc))

    def _succeed(self) -> None:
        sock, self.sock = self.sock, None
        assert sock is not None
        self.cancel()
        self.backend.prefer(self.candidates[0])
        self.connected(sock)

    def _fall_through(self, reason: str) -> None:
        if self.sock is not None:
            self.sock.close()
            self.sock = None
        if len(self.candidates) > 1:
            del self.candidates[0]
            self._try_next()
        else:
            self._give_up(reason)

    def _give_up(self, reason: str) -> None:
        self.cancel()
        self.failed(reason)

    def _start_timer(self) -> None:
        if self.timer is None:
            self.timer = self.loop.timer(self.timeout)
            self.timer.start(self._give_up, f"no answer in {self.timeout:g} s")

    def _stop_watching(self) -> None:
        if self.watcher is not None:
            self.watcher.stop()
            self.watcher.close()
            self.watcher = None

    def _fileno(self) -> int:
        assert self.sock is not None
        return self.sock.fileno()


def reason_of(exc: Exception) -> str:
    """What went wrong, in a few words and without a number."""
    return (getattr(exc, "strerror", None) or str(exc)).lower()
