"""Backends and clients of plain sockets and threads, for tests that look at bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.running import DEADLINE


class Backend:
    """A server that gives each connection to `serve(sock)` in a thread of its own, and closes it afterwards.

    `sessions` are the sockets accepted so far; `errors` is what `serve` raised, other than `OSError`.
    """

    def __init__(self, serve: Callable[[socket.socket], None], listener: socket.socket | None = None) -> None:
        self.serve = serve
        self.listener = listener or socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address: Any = self.listener.getsockname()
        self.sessions: list[socket.socket] = []
        self.errors: list[BaseException] = []
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.settimeout(DEADLINE * 3)
            with self._changed:
                self.sessions.append(sock)
                self._changed.notify_all()
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        try:
            with sock:
                self.serve(sock)
        except OSError:
            pass  # the peer has left, or the test is over
        except BaseException as exc:
            self.errors.append(exc)

    def wait_session(self, count: int = 1) -> socket.socket:
        """The `count`-th connection, once it is accepted."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.sessions) >= count, DEADLINE), "nobody has come"
            return self.sessions[count - 1]

    def close(self) -> None:
        """Closes everything and waits for the threads. Raises what a `serve` has raised."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.sessions:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE)
            assert not thread.is_alive(), "a backend's thread does not end"
        for exc in self.errors:
            raise exc


@contextmanager
def backend(serve: Callable[[socket.socket], None], listener: socket.socket | None = None) -> Iterator[Backend]:
    """A `Backend`, closed at the end."""
    server = Backend(serve, listener)
    try:
        yield server
    finally:
        server.close()


def echo(sock: socket.socket) -> None:
    """Says everything back, and half-closes when the client does."""
    while data := sock.recv(65536):
        sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)


def receive_exactly(sock: socket.socket, size: int) -> bytes:
    """The next `size` bytes; fails if the stream ends before."""
    data = bytearray()
    while len(data) < size:
        piece = sock.recv(size - len(data))
        assert piece, f"the stream ended after {len(data)} of {size} bytes"
        data += piece
    return bytes(data)


def receive_all(sock: socket.socket) -> bytes:
    """Everything until the end of the stream."""
    data = bytearray()
    while piece := sock.recv(65536):
        data += piece
    return bytes(data)
