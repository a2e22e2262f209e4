"""Opening: how a session comes to its two connections."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gevent import GreenletExit

from vaurien import departure
from vaurien.channel import flow_key
from vaurien.dial import Dial, connect
from vaurien.entering import Entering
from vaurien.flow import Flow
from vaurien.hooks.message import Reply
from vaurien.message_flow import MessageFlow
from vaurien.tls.ends import accept, reach
from vaurien.tls.tunnel import Tunnel

log = logging.getLogger("vaurien.session")


class Opening(Entering):
    """A client has come: it speaks TLS first, where the proxy wants that; hooks are asked, toxics may hold back the
    connect, the backend is dialled, bytes may flow.

    `greenlet` is the one in which a hook is asked about the session as a whole; `alarm` is the end of the time for
    which a toxic holds back the connect. Both are None most of the time, and so is `dial`, the connect under way.
    `tunnels` are between its sockets and peers that speak TLS; a `tls_context` that is set before it opens stands for
    the proxy's. `greeted` once the client has got through TLS, if there is any: hooks know of no other session.
    """

    __slots__ = ("alarm", "client_address", "dial", "ended", "greenlet", "greeted", "ordinal", "proxy", "started_at",
                 "tls_context", "tunnels")  # fmt: skip

    def __init__(self, proxy: Any, client: socket.SocketType, client_address: Any, ordinal: int) -> None:
        Entering.__init__(self, client)  # quicker than super()
        self.proxy = proxy
        self.client_address = client_address
        self.ordinal = ordinal
        self.dial: Dial | None = None
        self.greenlet: Any = None
        self.alarm: Any = None
        self.started_at = time.monotonic()
        self.ended = False
        self.greeted = False
        self.tls_context: ssl.SSLContext | None = None
        self.tunnels: tuple[Tunnel, ...] = ()

    def arrange_toxics(self) -> None:
        """Lets those act that the proxy has now."""
        raise NotImplementedError

    def toxic_failed(self, name: str, exc: BaseException, to_backend: bool) -> None:
        """A toxic has raised."""
        raise NotImplementedError

    def peer_lost(self, to_backend: bool) -> None:
        """A peer has reset its connection."""
        raise NotImplementedError

    def hook_failed(self, point: str, exc: BaseException) -> None:
        """A hook has raised that was asked about the session as a whole."""
        raise NotImplementedError

    def open_sockets(self, *clients: bool) -> list[socket.SocketType]:
        """Those of peers that speak TLS, too: their end comes no further while nobody reads what stands before it."""
        tunnels = [tunnel for tunnel in self.tunnels if not tunnel.closed and (tunnel.name == "client") in clients]
        return [*super().open_sockets(*clients), *(tunnel.peer for tunnel in tunnels)]

    def open(self) -> None:
        """The client has come: first of all it speaks TLS, where the proxy wants that."""
        accept(self, self.client_ready)

    def client_ready(self) -> None:
        """What the client says can be read."""
        self.greeted = True
        if self.proxy.crew.chain.listens("session_started"):
            self.ask_first()
        else:
            self.proxy.connect(self)

    def ask_first(self) -> None:
        """Asks the hooks about the new session; if none claims it, the proxy connects it."""
        self.greenlet = self.proxy.shared.workers.start(self.ask, "session_started", self.proxy.connect)

    def connect(self) -> None:
        """Starts to connect the backend, or to wait where a toxic wants that. Raises `OSError` if there is no
        descriptor for it: call again later."""
        proxy = self.proxy
        if proxy.crew.openers and self.hold_back():
            return
        dial = connect(proxy.loop, proxy.backend, proxy.settings.timeout, self.connected, self.refused)
        self.dial = None if self.backend is not None or self.ended else dial

    def hold_back(self) -> bool:
        """Whether toxics hold back the connect at this moment; it is then tried again when they have held it enough."""
        moment = self.started_at
        for toxic in self.proxy.crew.openers:
            to_backend = toxic.settings.to_backend
            key = flow_key(self.proxy, self.ordinal, to_backend)
            try:
                moment += toxic.opening(key) if toxic.affects(key) else 0.0
            except BaseException as exc:  # even SystemExit: a toxic ends its session at most
                self.toxic_failed(toxic.name, exc, to_backend)
                return True
        if time.monotonic() >= moment:
            return False
        self.alarm = self.proxy.shared.clock.at(moment, self.try_again)
        self.departures.watch(self.client.fileno(), self.client_ended, orderly=True)
        return True

    def client_ended(self) -> None:
        """The client has ended its stream or its connection, while the connect is held back. It has not left if it has
        said something: it may have asked, and wait for the answer."""
        if departure.was_reset(self.client):
            self.peer_lost(True)
        elif not self.client.recv(1, socket.MSG_PEEK):
            self.end("client left before the backend was contacted")
        elif self.client.family != socket.AF_UNIX:  # that would hang up when it closes, and knows no reset
            self.departures.watch(self.client.fileno(), partial(self.peer_lost, True))

    def try_again(self) -> None:
        """Connects, after it was held back."""
        self.cancel_alarm()
        self.proxy.connect(self)

    def cancel_alarm(self) -> None:
        if self.alarm is not None:
            self.proxy.shared.clock.cancel(self.alarm)
            self.departures.forget(self.client.fileno())
            self.alarm = None

    def connected(self, backend: socket.SocketType) -> None:
        """The backend connection stands."""
        self.dial = None
        reach(self, backend, self.backend_ready)

    def backend_ready(self, backend: socket.SocketType) -> None:
        """What the backend says can be read."""
        self.backend = backend
        self.proxy.counters.connects.note(time.monotonic() - self.started_at)
        if self.proxy.crew.chain.listens("backend_connected"):
            self.greenlet = self.proxy.shared.workers.start(self.ask, "backend_connected", Opening.start)
        else:
            self.start()

    def start(self) -> None:
        """Bytes may flow."""
        assert self.backend is not None
        cut: type[Flow] = Flow
        if self.proxy.protocol is not None:
            cut = MessageFlow
            self.begin_talk(self.proxy.protocol)
        self.flows = (cut(self, self.backend, self.client, False), cut(self, self.client, self.backend, True))
        if self.proxy.crew.has_toxics:
            self.arrange_toxics()

    def refused(self, reason: str) -> None:
        """There is no backend: the client is reset at once, so that it does not take the proxy for it."""
        self.dial = None
        self.proxy.counters.connect_failures += 1
        log.warning("backend %s: %s", self.proxy.backend.address, reason, extra=self.context(True))
        self.broken = True
        self.end(f"backend failed: {reason}")

    def ask(self, point: str, go_on: Callable[[Any], None]) -> None:
        """In a greenlet: asks the hooks about the session, and goes on if none claims it."""
        if self.ended:
            return
        try:
            answer = self.proxy.crew.chain.on_session(point, self)
            if isinstance(answer, Reply):
                self.client_sock.send_all_plain(answer.data)
        except GreenletExit:
            self.end("killed")
            raise
        except BaseException as exc:
            self.hook_failed(point, exc)
            return
        finally:
            self.greenlet = None
        if answer is not None or self.closing:
            self.end(f"answered in {point}")
        elif not self.ended:
            go_on(self)
