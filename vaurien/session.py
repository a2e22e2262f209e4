"""Session: one client connection and the backend connection opened for it."""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import gevent

from vaurien import closing, departure
from vaurien.call import Call
from vaurien.choice import ActiveHandler
from vaurien.dial import Dial
from vaurien.flow import Flow
from vaurien.logs import arrow
from vaurien.relay import CHUNK
from vaurien.session_socket import SessionSocket

log = logging.getLogger("vaurien.session")


class Session:
    """Two plain non-blocking sockets, which belong to it, and two flows between them.

    `ordinal` is 1, 2, 3… per proxy, in accept order. `flows[True]` is the flow to the backend, `flows[False]` the one
    to the client; there are none before the backend is connected. `cause` says how it ended, once it has.
    """

    __slots__ = (
        "_backend_sock",
        "_client_sock",
        "backend",
        "broken",
        "cause",
        "client",
        "client_address",
        "closing",
        "counts",
        "dial",
        "ended",
        "flows",
        "open_flows",
        "ordinal",
        "proxy",
        "started_at",
    )

    def __init__(self, proxy: Any, client: socket.socket, client_address: Any, ordinal: int) -> None:
        self.proxy = proxy
        self.client = client
        self.client_address = client_address
        self.ordinal = ordinal
        self.backend: socket.socket | None = None
        self.flows: tuple[Flow, ...] = ()
        self.open_flows = 2
        self.dial: Dial | None = None
        self.counts: dict[str, int] = {}
        self.cause = ""
        self.started_at = time.monotonic()
        self.broken = False
        self.closing = False
        self.ended = False
        self._client_sock: SessionSocket | None = None
        self._backend_sock: SessionSocket | None = None

    # opening

    def open(self) -> None:
        """Starts to connect the backend. Raises `OSError` if there is no descriptor for it: open again later."""
        proxy = self.proxy
        self.dial = Dial(proxy.loop, proxy.backend, proxy.settings.timeout, self.connected, self.refused)
        self.dial.start()

    def connected(self, backend: socket.socket) -> None:
        """The backend connection stands: bytes may flow."""
        self.dial = None
        self.backend = backend
        client = self.client
        self.flows = (Flow(self, backend, client, False), Flow(self, client, backend, True))

    def refused(self, reason: str) -> None:
        """There is no backend: the client is reset at once, so that it does not take the proxy for it."""
        self.dial = None
        self.proxy.refused += 1
        log.warning("backend %s: %s", self.proxy.backend.address, reason, extra=self.context(True))
        self.broken = True
        self.end(f"backend failed: {reason}")

    # what handlers hold

    @property
    def client_sock(self) -> SessionSocket:
        """The client's socket as a gevent socket, made when it is first wanted."""
        if self._client_sock is None:
            self._client_sock = SessionSocket(self.client, self.flows[False].count_sent, self.close_socket)
        return self._client_sock

    @property
    def backend_sock(self) -> SessionSocket:
        """The backend's socket as a gevent socket, made when it is first wanted."""
        if self._backend_sock is None:
            self._backend_sock = SessionSocket(self.backend, self.flows[True].count_sent, self.close_socket)
        return self._backend_sock

    def peek(self, to_backend: bool) -> bytes:
        """What waits to be read in this direction, up to 64 KiB; empty if nothing does."""
        try:
            data: bytes = self.flows[to_backend].recv(CHUNK, socket.MSG_PEEK)
        except OSError:
            return b""
        return data

    def give_next_call(self, to_backend: bool, handler: ActiveHandler) -> None:
        """The next call of that direction is `handler`'s."""
        self.flows[to_backend].forced = handler

    def wait_departure(self) -> None:
        """Blocks the calling greenlet until a peer has left; meanwhile nothing is read from either."""
        if self.ended or self.backend is None:
            return
        for flow in self.flows:
            flow.hold()
        try:
            departure.wait((self.client.fileno(), self.backend.fileno()))
        finally:
            for flow in self.flows:
                flow.release()

    def reset_client(self) -> None:
        """Closes the client's connection with a reset."""
        self.close_socket(self.client_sock, closing.reset)

    def close_client(self) -> None:
        """Closes the client's connection in good order, though it may have said more than was read."""
        self.close_socket(self.client_sock, closing.close)

    def close_socket(self, sock: SessionSocket, close: Callable[[socket.socket], None] = socket.socket.close) -> None:
        """A handler closes one side: it is closed now, and the session ends when its calls are over."""
        self.closing = True
        for flow in self.flows:
            flow.stop()
        sock.release()
        plain = self.client if sock is self._client_sock else self.backend
        if plain is not None and plain.fileno() >= 0:
            close(plain)
        if all(flow.greenlet is None for flow in self.flows):
            self.end("closed by a handler")

    # ending

    def call_done(self, call: Call, verdict: Any) -> None:
        """A handler has returned `verdict`."""
        self.tell(call)
        if self.closing or verdict is False:
            self.end(f"ended by {call.handler.name}")

    def call_failed(self, call: Call) -> None:
        """A handler has raised. That a peer has left is not its fault, and is no news."""
        self.tell(call)
        if self.ended:
            return
        if isinstance(call.error, ConnectionError) and self.someone_left():
            self.broken = True
            self.end(f"peer left during {call.handler.name}")
            return
        self.proxy.handler_errors += 1
        log.error(
            "handler %s raised %s", call.handler.name, type(call.error).__name__,
            extra=self.context(call.to_backend), exc_info=call.error,
        )  # fmt: skip
        self.end(f"error in {call.handler.name}")

    def count(self, handler: ActiveHandler) -> None:
        """A handler gets a call."""
        self.counts[handler.name] = self.counts.get(handler.name, 0) + 1

    def tell(self, call: Call) -> None:
        """At log level debug: a call of a handler is over."""
        if self.proxy.verbose:
            name = call.handler.name
            seconds = time.monotonic() - call.started_at
            log.debug("call %d: %s, %.3f s", call.ordinal, name, seconds, extra=self.context(call.to_backend))

    def relayed(self, flow: Flow) -> None:
        """At log level debug: a call that no handler got."""
        if not flow.stopped:
            log.debug("call %d: dummy", flow.calls, extra=self.context(flow.to_backend))

    def someone_left(self) -> bool:
        sockets = [sock for sock in (self.client, self.backend) if sock is not None and sock.fileno() >= 0]
        return departure.left([sock.fileno() for sock in sockets])

    def flow_ended(self, flow: Flow, how: str) -> None:
        """One direction is over in good order; the other goes on."""
        self.open_flows -= 1
        if not self.cause:
            self.cause = f"{'client' if flow.to_backend else 'backend'} {how}"
        if not self.open_flows:
            self.end(self.cause)

    def flow_broken(self, flow: Flow) -> None:
        """The destination takes no more. What it said before may still wait to be read: the other flow goes on."""
        self.broken = True
        if not self.cause:
            self.cause = f"{'backend' if flow.to_backend else 'client'} left"
        self.flow_ended(flow, "left")

    def peer_lost(self, to_backend: bool) -> None:
        """A peer has reset its connection: so is the other's."""
        self.broken = True
        self.end(f"{'client' if to_backend else 'backend'} reset")

    def failed(self, to_backend: bool) -> None:
        """Inside an ``except``: the engine itself has failed in a callback."""
        log.error("internal error", exc_info=sys.exception(), extra=self.context(to_backend))
        self.end("internal error")

    def end(self, cause: str) -> None:
        """Ends it: every watcher, pipe, greenlet and descriptor of it is gone. Does nothing the second time."""
        if self.ended:
            return
        self.ended = True
        self.cause = cause
        if self.dial is not None:
            self.dial.cancel()
            self.dial = None
        current = gevent.getcurrent()
        for flow in self.flows:
            flow.stop()
            if flow.greenlet is not None and flow.greenlet is not current:
                self.proxy.kill(flow.greenlet)
        self.close_side(self.client, self._client_sock)
        if self.backend is not None:
            self.close_side(self.backend, self._backend_sock)
        self.proxy.session_ended(self)

    def close_side(self, plain: socket.socket, view: SessionSocket | None) -> None:
        if view is not None:
            view.release()
        if plain.fileno() < 0:
            return  # a handler has closed it
        if self.broken:
            closing.reset(plain)
        elif self.open_flows:
            closing.close(plain)
        else:
            plain.close()

    # telling

    def context(self, to_backend: bool | None = None) -> dict[str, Any]:
        """What every log line of this session carries."""
        direction = "" if to_backend is None else arrow(to_backend)
        return {"proxy": self.proxy.name, "session": self.ordinal, "arrow": direction}

    def bytes(self, to_backend: bool) -> int:
        """The bytes that went in this direction so far."""
        return self.flows[to_backend].bytes if self.flows else 0

    def calls(self, to_backend: bool) -> int:
        """The calls of this direction so far."""
        return self.flows[to_backend].calls if self.flows else 0
