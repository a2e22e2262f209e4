"""Server: accepts the clients of the control API, so many at once and no more."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import gevent
from gevent.pywsgi import WSGIServer

from vaurien import listener
from vaurien.control.connection import Connection
from vaurien.control.limits import Limits
from vaurien.control.problem import problem
from vaurien.door import EXHAUSTED, RETRY, SAY_AGAIN

log = logging.getLogger("vaurien.control")


class Server(WSGIServer):
    """Serves `application`, each connection in a greenlet.

    Where there are as many connections as may be, a new one takes the place of the one that has waited longest for its
    client: idle and slow ones lock nobody out. If the daemon works for all of them, the new one is turned away.
    """

    def __init__(self, sock: socket.socket, application: Callable[..., Any], limits: Limits) -> None:
        """`sock` listens already; it is closed with the server."""
        self.limits = limits
        self.open: dict[Connection, gevent.Greenlet[..., Any]] = {}
        self._retry: Any = None
        self._complained_at = -SAY_AGAIN
        name = sock.getsockname()
        host, port = name[:2] if isinstance(name, tuple) else ("localhost", 80)
        environ = {"SERVER_NAME": host, "SERVER_PORT": str(port)}
        super().__init__(sock, application, log=None, error_log=None, environ=environ)

    def do_read(self) -> Any:
        """Accepts one client; None where there is none, or no descriptor for it."""
        try:
            return super().do_read()
        except ConnectionAbortedError:
            return None
        except OSError as exc:
            if exc.errno not in EXHAUSTED:
                raise
            self._pause(exc)
            return None

    def _pause(self, exc: OSError) -> None:
        now = time.monotonic()
        if now - self._complained_at > SAY_AGAIN:
            log.warning("control API: cannot accept: %s", (exc.strerror or str(exc)).lower())
        self._complained_at = now
        self.stop_accepting()
        self._make_room()
        self._stop_retry()
        self._retry = self.loop.timer(RETRY)
        self._retry.start(self._resume)

    def _resume(self) -> None:
        self._stop_retry()
        if self.started:
            self.start_accepting()

    def _stop_retry(self) -> None:
        retry, self._retry = self._retry, None
        if retry is not None:
            retry.stop()
            retry.close()

    def do_handle(self, *args: Any) -> None:
        """A client has come. Runs in the event loop."""
        sock, address = args
        if len(self.open) >= self.limits.connections and not self._make_room():
            turn_away(sock)
            return
        connection = Connection(sock, address, self)
        greenlet = gevent.spawn(connection.handle)
        self.open[connection] = greenlet

        def over(_: Any) -> None:
            self.open.pop(connection, None)
            sock.close()  # not in the greenlet: one that is killed before it begins does nothing

        greenlet.rawlink(over)

    def _make_room(self) -> bool:
        """Ends the connection that has waited longest; says whether there was one."""
        waiting = {since: connection for connection in self.open if (since := connection.waiting_since) is not None}
        if not waiting:
            return False
        self.open.pop(waiting[min(waiting)]).kill(block=False)
        return True

    def stop(self, timeout: float | None = None) -> None:
        """Stops listening, lets requests be answered for `timeout` seconds, and closes all connections. Blocks."""
        self.close()
        greenlets = list(self.open.values())
        for connection, greenlet in list(self.open.items()):
            if connection.waiting_since is not None or connection.streaming:
                greenlet.kill(block=False)
        gevent.joinall(greenlets, timeout=self.limits.stop if timeout is None else timeout)
        with suppress(gevent.Timeout):
            gevent.killall(greenlets, timeout=self.limits.stop)

    def close(self) -> None:
        """Stops listening; the file of a Unix socket goes too."""
        listening = not self.closed
        super().close()
        self._stop_retry()
        if listening:
            listener.remove(self.address)


def turn_away(sock: Any) -> None:
    """Answers that there is no place. Runs in the event loop."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    data = problem("", "too many requests at once")
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    with suppress(OSError):
        sock.settimeout(0)
        sock.send(f"{head}Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data)
    sock.close()
