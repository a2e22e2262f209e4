"""Outlet: the end of a link, where the bytes that all toxics have let pass go to the socket."""

from __future__ import annotations

from collections import deque
from typing import Any

from vaurien.relay import WRITE


class Outlet:
    """Writes to the destination of a flow, at once where it has room.

    `waiting` is what it had no room for. `link` is told what was written, and what has ended.
    """

    __slots__ = ("link", "send", "sock", "waiting", "writer")

    def __init__(self, link: Any, sock: Any) -> None:
        self.link = link
        self.sock = sock
        self.send = sock.send
        self.waiting: deque[memoryview | None] = deque()
        self.writer: Any = None

    def take(self, data: bytes) -> None:
        """Some bytes have come through."""
        if self.waiting:
            return self._wait(memoryview(data))
        try:
            sent = self.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return self.link.lost()  # type: ignore[no-any-return]
        self.link.withheld -= sent
        if sent < len(data):
            self._wait(memoryview(data)[sent:])

    def end(self) -> None:
        """The end of the stream has come through."""
        if self.waiting:
            self.waiting.append(None)
        else:
            self.link.over()

    def _wait(self, data: memoryview) -> None:
        self.link.held += len(data)
        self.waiting.append(data)
        if self.writer is None:
            self.writer = self.link.loop.io(self.sock.fileno(), WRITE)
            self.writer.start(self._on_writable)

    def _on_writable(self) -> None:
        try:
            self._write()
        except Exception:
            self.link.failed()

    def _write(self) -> None:
        while self.waiting:
            data = self.waiting[0]
            if data is not None:
                try:
                    sent = self.send(data)
                except BlockingIOError:
                    return self.link.give_room()  # type: ignore[no-any-return]
                except OSError:
                    return self.link.lost()  # type: ignore[no-any-return]
                self.link.held -= sent
                self.link.withheld -= sent
                if sent < len(data):
                    self.waiting[0] = data[sent:]
                    return self.link.give_room()  # type: ignore[no-any-return]
            self.waiting.popleft()
            if data is None:
                self.link.over()
                if self.link.stopped:
                    return
        self.stop()
        self.link.drained()

    def stop(self) -> None:
        """Takes off the watcher; what waits is lost."""
        self.waiting.clear()
        writer, self.writer = self.writer, None
        if writer is not None:
            writer.stop()
            writer.close()
