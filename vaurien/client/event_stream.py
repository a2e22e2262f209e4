"""Event stream: what happens in a daemon, as it happens."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from vaurien.client.answers import Event
from vaurien.client.errors import ClientError, Unreachable
from vaurien.client.exchange import Begun
from vaurien.client.server_sent import Assembler, Message

SILENCE = 45.0
"""Seconds without a byte after which the daemon is taken for gone: it says something three times as often."""


class EventStream(Iterator[Event]):
    """An iterator over events, from the moment at which it was made. It ends when the daemon ends it, or by `close`,
    which another thread may call; a connection that breaks off raises `Unreachable`. Close it, or use it in a ``with``
    block."""

    def __init__(self, begun: Begun) -> None:
        """Made by `Client.events`. Takes `begun` over."""
        self._begun = begun
        self._assembler = Assembler()
        self._waiting: deque[Message] = deque()
        self._closed = threading.Event()
        begun.sock.settimeout(SILENCE)

    def __next__(self) -> Event:
        while not self._waiting and not self._closed.is_set():
            try:
                data = self._begun.response.read1(65536)  # readline() takes a connection that breaks off for its end
            except http.client.IncompleteRead as exc:
                if self._begun.response.chunk_left and not self._closed.is_set():
                    self.close()
                    raise self._broken(exc) from exc
                break  # between two chunks: a daemon that stops leaves out the last, empty one
            except (OSError, ValueError, AttributeError, http.client.HTTPException) as exc:
                if self._closed.is_set():
                    break  # closed by another thread, which takes the ground from under a read
                self.close()
                raise self._broken(exc) from exc
            if not data:
                break
            self._waiting.extend(self._assembler.take(data))
        if self._waiting:
            return _event(self._waiting.popleft())
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Ends the connection. What waits for an event in another thread then comes to the end of the iterator."""
        if self._closed.is_set():
            return
        self._closed.set()
        with suppress(OSError):
            self._begun.sock.shutdown(socket.SHUT_RDWR)  # wakes a read, which closing would not
        self._begun.close()

    def _broken(self, exc: Exception) -> Unreachable:
        if isinstance(exc, TimeoutError):
            problem = f"nothing was heard for {SILENCE:g} seconds"
        else:
            problem = "the connection broke off"
        return Unreachable(None, "", f"{self._begun.place.url}: {problem}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _event(message: Message) -> Event:
    try:
        body = json.loads(message.data)
    except ValueError as exc:
        raise ClientError(None, "", f"an event that is no JSON: {message.data!r}") from exc
    return Event.of(body, id=message.id)
