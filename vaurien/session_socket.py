"""SessionSocket: one side of a session, as handlers and hooks hold it: a gevent socket that the session knows of."""

from __future__ import annotations

import os
import socket as constants
from contextlib import suppress
from functools import partial
from typing import Any

from gevent.lock import Semaphore
from gevent.socket import socket

from vaurien import call as calls
from vaurien.call import Call
from vaurien.hooks.message import Message, Reply

PEEK = int(constants.MSG_PEEK)


class SessionSocket(socket):
    """A gevent socket over a descriptor that belongs to the session.

    Closing it closes it through the session, which takes its own watchers off first; the session then ends when the
    call is over. Within a call whose hooks filter, what is read and written here goes through them.
    """

    _sock: Any  # the plain socket beneath gevent's

    def __init__(self, session: Any, plain: Any, reads: bool) -> None:
        """`reads` is the direction of the bytes that are read here: true for the client's socket."""
        super().__init__(plain.family, plain.type, plain.proto, fileno=plain.fileno())
        self._session = session
        self._reads = reads
        self._turn = Semaphore()

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As a socket's: waits for up to `bufsize` bytes; empty means the end of the stream."""
        peek = flags & PEEK != 0
        session = self._session
        call = calls.current.get(None)
        if call is not None and call.to_backend == self._reads and not peek:
            call.consumed = True
        data: bytes = session.take_unread(self._reads, bufsize, peek)
        if not (data or flags or (call is not None and (call.filters or call.message))):
            with suppress(BlockingIOError):  # most of the time there is something, and nothing to wait for
                return self._sock.recv(bufsize)  # type: ignore[no-any-return]
        while not data:
            data = self._more(bufsize, flags)
            if not data or peek:
                return data
            if call is None or call.filters is None:
                return session.first_of(self._reads, data, bufsize)  # type: ignore[no-any-return]
            answer = session.filter_in(call, self._reads, data)
            if isinstance(answer, Reply):
                session.say(self._reads, answer.data)
            data = session.take_unread(self._reads, bufsize, False)
        return data

    def _more(self, bufsize: int, flags: int) -> bytes:
        """What comes next; where messages are cut, the next part of one, whatever its size."""
        flow = None if flags & PEEK else self._session.cutting(self._reads)
        if flow is None:
            return super().recv(bufsize, flags)
        while not (part := flow.read_part()):
            data = super().recv(bufsize, flags)
            if not data:
                return data
            flow.came(data)
        return part  # type: ignore[no-any-return]

    def recvfrom(self, bufsize: int, flags: int = 0) -> tuple[bytes, None]:
        """As a connected socket's: `recv`, and no address."""
        return self.recv(bufsize, flags), None

    def recvfrom_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> tuple[int, None]:
        """As a connected socket's: `recv_into`, and no address."""
        return self.recv_into(buffer, nbytes, flags), None

    def recvmsg(self, bufsize: int, ancbufsize: int = 0, flags: int = 0) -> tuple[bytes, list[Any], int, None]:
        """As a connected socket's: `recv`, without ancillary data."""
        return self.recv(bufsize, flags), [], 0, None

    def sendmsg(self, buffers: Any, ancdata: Any = (), flags: int = 0, address: Any = None) -> int:
        """As a socket's: `send` of all buffers together, without ancillary data."""
        return self.send(b"".join(buffers), flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As a socket's: `recv` into a writable buffer; returns how many bytes."""
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[: len(data)] = data
        return len(data)

    def send(self, data: Any, flags: int = 0, *args: Any, **kwargs: Any) -> int:
        """As a socket's: waits until some of `data` is sent, and returns how many bytes."""
        if filtering() is None:
            self._note_sent(data)
            with self._turn:
                return self.send_plain(data, flags, *args, **kwargs)
        self.sendall(data, flags)
        return len(data)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As a socket's: waits until all of `data` is sent."""
        call = filtering()
        if call is not None:
            answer = call.filters.filtered("outgoing", call, Message(bytes(data), not self._reads))
            if isinstance(answer, Reply):
                self._session.say(call.to_backend, answer.data)
                return
            data = answer.data
        self._note_sent(data)
        self.send_all_plain(data, flags)

    def _note_sent(self, data: Any) -> None:
        call = calls.current.get(None)
        if call is not None and data and call.to_backend is not self._reads:
            call.sent = True

    def send_plain(self, data: Any, flags: int = 0, *args: Any, **kwargs: Any) -> int:
        """`send`, past all filters, but through the toxics."""
        link = self._session.link(not self._reads)
        if link is not None:
            return link.wait_send(data)  # type: ignore[no-any-return]
        count: int = super().send(data, flags, *args, **kwargs)
        self._session.count_sent(not self._reads, count)
        return count

    def send_all_plain(self, data: Any, flags: int = 0) -> None:
        """`sendall`, past all filters, but through the toxics."""
        view = memoryview(data).cast("B")
        with self._turn:  # a hook may answer while a handler sends: neither goes into the middle of the other
            if not flags and self._session.link(not self._reads) is None:
                with suppress(BlockingIOError):  # most of the time there is room, and nothing to wait for
                    count = self._sock.send(view)
                    self._session.written[not self._reads] += count
                    view = view[count:]
            while view:
                view = view[self.send_plain(view, flags) :]

    def shutdown(self, how: int) -> None:
        """As a socket's: ``SHUT_WR`` tells the peer that no more will come."""
        self._session.shut(not self._reads)
        link = self._session.link(not self._reads)
        if link is None or how == constants.SHUT_RD:
            super().shutdown(how)
        else:
            link.end(partial(_shut, self._sock, how))

    def dup(self) -> socket:  # type: ignore[override]  # its close must not close the session's
        """A gevent socket of its own for the same connection, which the session knows nothing of; the caller closes
        it."""
        return socket(self.family, self.type, self.proto, fileno=os.dup(self.fileno()))

    def close(self) -> None:
        """Closes this side of the session at once; the session ends when the call is over."""
        self._session.close_socket(self)

    def release(self) -> None:
        """Ends this view; the descriptor stays open, and is the session's alone."""
        if self.fileno() >= 0:
            super().detach()


def _shut(plain: Any, how: int) -> None:
    with suppress(OSError):  # its peer has left meanwhile
        plain.shutdown(how)


def filtering() -> Call | None:
    """The call that this greenlet works on, if there are filters for its bytes."""
    call = calls.current.get(None)
    return call if call is not None and call.filters is not None else None
