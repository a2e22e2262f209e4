"""A peer that speaks TLS on a plain blocking socket, and can do all that a TCP peer can: half-close, reset, read on."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable

from tests.path.tools import reset
from vaurien.tls.engine import Engine


class Speaker:
    """Has the methods of a socket that the tests' backends and clients use."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, name: str | None = None) -> None:
        """A server without `name`, a client with. The handshake is over then; raises `ssl.SSLError`."""
        self.sock = sock
        self.engine = Engine(context, name is None, name)
        self._waiting = b""
        self._over = False
        self._engine_lock = threading.Lock()
        try:
            self.engine.shake()
            while not self.engine.established:
                self._flush()
                data = self.sock.recv(65536)
                if not data:
                    raise ConnectionAbortedError("it left in the handshake")
                self._waiting += self.engine.decrypted(data)
        finally:
            self._flush()

    def _flush(self) -> None:
        self.sock.sendall(self.engine.output())

    def sendall(self, data: bytes) -> None:
        with self._engine_lock:
            self.engine.encrypt(data)
            out = self.engine.output()
        self.sock.sendall(out)

    def recv(self, size: int) -> bytes:
        """May run while another thread sends."""
        while not (self._waiting or self._over):
            data = self.sock.recv(65536)
            with self._engine_lock:
                self._waiting = self.engine.decrypted(data) if data else b""
                self._over = not data or self.engine.ended
        found, self._waiting = self._waiting[:size], self._waiting[size:]
        return found

    def shutdown(self, how: int) -> None:
        """Says the end of what it sends, in TLS and in TCP."""
        assert how == socket.SHUT_WR
        self._end()
        self.sock.shutdown(how)

    def _end(self) -> None:
        with self._engine_lock:
            self.engine.end()
            out = self.engine.output()
        self.sock.sendall(out)

    def reset(self) -> None:
        reset(self.sock)

    def close(self) -> None:
        self._end()
        self.sock.close()

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *args: object) -> None:
        self.sock.close()


def speaking(serve: Callable[[Speaker], None], context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """A backend's `serve` that does by TLS what the given one does."""

    def serve_by_tls(sock: socket.socket) -> None:
        serve(Speaker(sock, context))

    return serve_by_tls
