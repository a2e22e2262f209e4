"""Sides: the two sockets of a session, for the engine and for the handlers and hooks that work on them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from vaurien import closing, departure
from vaurien.call import Call
from vaurien.departure import Departures
from vaurien.hooks.message import TAKEN, Claim, Message, Reply
from vaurien.relay import CHUNK
from vaurien.session_socket import SessionSocket


class Sides:
    """`client` and `backend` are plain non-blocking sockets, which belong to the session; `backend` is None before it
    is connected. `flows[True]` is the flow to the backend, `flows[False]` the one to the client; there are none
    before both sockets are there. `closing` is true once a handler has closed one of the sockets, `broken` once a
    peer was lost: then the other is reset too."""

    __slots__ = ("_views", "backend", "broken", "client", "closing", "flows", "open_flows", "written")

    def __init__(self, client: socket.SocketType) -> None:
        self.client = client
        self.backend: socket.SocketType | None = None
        self.flows: tuple[Any, ...] = ()
        self.open_flows = 2
        self.broken = False
        self.closing = False
        self._views: list[SessionSocket | None] = [None, None]
        self.written = [0, 0]

    def end(self, cause: str) -> None:
        """Ends the session."""
        raise NotImplementedError

    def finish(self, cause: str) -> None:
        """Ends the session when what toxics hold has been delivered."""
        raise NotImplementedError

    def open_sockets(self, *clients: bool) -> list[socket.SocketType]:
        """All sockets on which it shows that the client has left (True), or the backend (False)."""
        return [sock for client in clients if (sock := self.client if client else self.backend) is not None]

    @property
    def departures(self) -> Departures:
        """Where the daemon learns of peers that leave."""
        raise NotImplementedError

    # the sockets as handlers and hooks hold them

    @property
    def client_sock(self) -> SessionSocket:
        """The client's socket as a gevent socket, made when it is first wanted."""
        return self._view(True, self.client)

    @property
    def backend_sock(self) -> SessionSocket:
        """The backend's socket as a gevent socket, made when it is first wanted. There is none, and this is an
        `AttributeError`, before the backend is connected."""
        if self.backend is None:
            raise AttributeError("the backend is not connected yet")
        return self._view(False, self.backend)

    def _view(self, reads: bool, plain: socket.SocketType) -> SessionSocket:
        view = self._views[reads]
        if view is None:
            view = self._views[reads] = SessionSocket(self, plain, reads)
        return view

    def change_client(self, plain: socket.SocketType) -> None:
        """The client is heard and spoken to through another socket from now on; the one until now is not closed."""
        view, self._views[True] = self._views[True], None
        if view is not None:
            view.release()
        self.client = plain

    def link(self, to_backend: bool) -> Any:
        """What this direction's bytes pass through on their way to the socket; None where no toxic acts on them."""
        return self.flows[to_backend].link if self.flows else None

    def count_sent(self, to_backend: bool, count: int) -> None:
        """So many bytes were written in this direction, other than by its flow."""
        self.written[to_backend] += count

    def shut(self, to_backend: bool) -> None:
        """A handler tells the receiver of this direction that no more will come."""
        if self.flows:
            flow = self.flows[to_backend]
            flow.shut = True
            self.departures.forget(flow.dest.fileno())

    # what waits to be read

    def peek(self, to_backend: bool) -> bytes:
        """What waits to be read in this direction, up to 64 KiB; empty if nothing does."""
        unread = self.take_unread(to_backend, CHUNK, True)
        if unread:
            return unread
        source = self.client if to_backend else self.backend
        try:
            return source.recv(CHUNK, socket.MSG_PEEK) if source is not None else b""
        except OSError:
            return b""

    def take_unread(self, to_backend: bool, size: int, keep: bool) -> bytes:
        """Up to `size` bytes of what a filter has read already in this direction."""
        if not self.flows:
            return b""
        flow = self.flows[to_backend]
        data: bytes = flow.unread[:size]
        if data and not keep:
            flow.unread = flow.unread[size:]
        return data

    def first_of(self, to_backend: bool, data: bytes, size: int) -> bytes:
        """The first `size` bytes of `data`; the others wait to be read."""
        if len(data) > size:
            self.flows[to_backend].unread = data[size:]
        return data[:size]

    def cutting(self, to_backend: bool) -> Any:
        """The flow, if it is one that is cut into messages now."""
        raise NotImplementedError

    def take_in(self, call: Call) -> Claim:
        """Reads the call's data and passes it through the ``incoming`` filters, which leave it to be read again."""
        flow = self.flows[call.to_backend]
        if flow.unread and flow.filtered:
            return None
        call.consumed = True
        try:
            data = flow.unread or flow.recv(CHUNK)
        except BlockingIOError:
            return TAKEN  # a hook has read it
        return self.filter_in(call, call.to_backend, data)

    def filter_in(self, call: Call, to_backend: bool, data: bytes) -> Claim:
        """Passes `data` through the ``incoming`` filters: None if something is left to be read, TAKEN if nothing."""
        answer = call.filters.filtered("incoming", call, Message(data, to_backend))
        if isinstance(answer, Reply):
            return answer
        flow = self.flows[to_backend]
        flow.unread, flow.filtered = answer.data, True
        return None if answer.data else TAKEN

    def discard(self, call: Call) -> None:
        """Drops the call's data, if nobody has read it."""
        if not self.flows:
            return
        flow = self.flows[call.to_backend]
        if flow.unread:
            flow.unread = b""
            call.consumed = True
        elif not call.consumed:
            call.consumed = True
            with suppress(OSError):
                flow.recv(CHUNK if call.waiting is None else call.waiting)

    def say(self, to_client: bool, data: bytes) -> None:
        """Sends `data` to one side, past all filters, and not into the middle of what its flow is sending."""
        if not data or not self.flows:
            return
        flow = self.flows[not to_client]
        flow.hold()
        try:
            flow.wait_flushed()
            (self.client_sock if to_client else self.backend_sock).send_all_plain(data)
        finally:
            flow.release()

    def someone_left(self) -> bool:
        """Whether a peer has closed, half-closed or reset its connection by now."""
        sockets = (self.client, self.backend)
        return departure.left([sock.fileno() for sock in sockets if sock is not None and sock.fileno() >= 0])

    def wait_departure(self) -> None:
        """Blocks the calling greenlet until a peer has left; meanwhile nothing is read from either."""
        for flow in self.flows:
            flow.hold()
        sockets = self.open_sockets(True, False)
        departure.keep_alive(sockets)
        try:
            self.departures.wait([sock.fileno() for sock in sockets])
            self.broken = any(departure.was_reset(sock) for sock in self.open_sockets(True, False))
        finally:
            for flow in self.flows:
                flow.release()

    # closing them

    def reset_client(self) -> None:
        """Closes the client's connection with a reset."""
        self.close_socket(self.client_sock, closing.reset)

    def close_client(self) -> None:
        """Closes the client's connection in good order, though it may have said more than was read."""
        self.close_socket(self.client_sock, self.departures.see_off)

    def close_socket(
        self, sock: SessionSocket, close: Callable[[socket.SocketType], None] = socket.SocketType.close
    ) -> None:
        """A handler closes one side: it is closed now, or, if not by a reset, when all has been written that toxics
        hold for it; the session ends when its calls are over."""
        self.closing = True
        for flow in self.flows:
            flow.stop()
        to_client = sock is self._views[True]
        sock.release()
        plain = self.client if to_client else self.backend
        if plain is not None and plain.fileno() >= 0:
            closed = partial(self._close_plain, plain, close)
            link = self.link(not to_client)
            if link is None:
                closed()
            elif close is closing.reset:
                link.stop()
                closed()
            else:
                link.end(closed)
        if not self.at_work():
            self.finish("closed by a handler")

    def _close_plain(self, plain: socket.SocketType, close: Callable[[socket.SocketType], None]) -> None:
        self.departures.forget(plain.fileno())
        close(plain)

    def at_work(self) -> bool:
        """Whether a greenlet works on this session."""
        return any(flow.greenlet is not None for flow in self.flows)

    def close_both(self) -> None:
        """Closes what is still open."""
        for plain, view in ((self.client, self._views[True]), (self.backend, self._views[False])):
            if view is not None:
                view.release()
            if plain is None or plain.fileno() < 0:
                continue  # there was none, or a handler has closed it
            self.departures.forget(plain.fileno())
            if self.broken:
                closing.reset(plain)
            elif self.open_flows:
                self.departures.see_off(plain)
            else:
                plain.close()
        self._views = [None, None]
