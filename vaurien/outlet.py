"""Outlet: the end of a link, where the bytes that all toxics have let pass go to the socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from vaurien.relay import WRITE


class Outlet:
    """Writes to the destination of a flow, at once where it has room.

    `waiting` is what it had no room for: one buffer, or a million small pieces would take much more memory than their
    bytes. `shut` says that nothing comes any more. `link` is told what was written, and what has ended.
    """

    __slots__ = ("link", "send", "shut", "sock", "volley", "waiting", "writer")

    def __init__(self, link: Any, sock: Any) -> None:
        self.link = link
        self.sock = sock
        self.send = sock.send
        self.volley = link.flow.proxy.shared.volley
        self.waiting = bytearray()
        self.shut = False
        self.writer: Any = None

    def take(self, data: bytes) -> None:
        """Some bytes have come through."""
        self._take(self.send, data)

    def take_all(self, pieces: Sequence[bytes]) -> None:
        """Some bytes have come through, in pieces, up to `MOST` of them: each is a write of its own."""
        volley = self.volley
        if volley is None or len(pieces) == 1:
            for piece in pieces:
                self._take(self.send, piece)
        else:
            self._take(partial(volley.send, self.sock.fileno(), list(map(len, pieces))), b"".join(pieces))

    def _take(self, send: Callable[[bytes], int], data: bytes) -> None:
        if self.shut:
            return
        if not self.waiting:
            try:
                sent = send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                return self.link.lost()  # type: ignore[no-any-return]
            self.link.withheld -= sent
            if sent == len(data):
                return
            data = data[sent:]
        self.link.held += len(data)
        self.waiting += data
        if self.writer is None:
            self.writer = self.link.loop.io(self.sock.fileno(), WRITE)
            self.writer.start(self._on_writable)

    def end(self) -> None:
        """The end of the stream has come through."""
        if not self.shut:
            self.shut = True
            if not self.waiting:
                self.link.over()

    def _on_writable(self) -> None:
        try:
            self._write()
        except Exception:
            self.link.failed()

    def _write(self) -> None:
        try:
            sent = self.send(self.waiting)
        except BlockingIOError:
            return
        except OSError:
            return self.link.lost()  # type: ignore[no-any-return]
        del self.waiting[:sent]
        self.link.held -= sent
        self.link.withheld -= sent
        if self.waiting:
            return self.link.give_room()  # type: ignore[no-any-return]
        self._stop_writer()  # before anybody closes the socket
        if self.shut:
            self.link.over()
        else:
            self.link.drained()

    def _stop_writer(self) -> None:
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.stop()
            writer.close()

    def stop(self) -> None:
        """Takes off the watcher; what waits is lost, and nothing more is written."""
        self.shut = True
        self.waiting.clear()
        self._stop_writer()
        self.link = None  # or there would be a reference cycle, for the collector


class Nowhere:
    """Where bytes go that nobody will get."""

    def take(self, data: bytes) -> None:
        pass

    def take_all(self, pieces: Sequence[bytes]) -> None:
        pass

    def end(self) -> None:
        pass
