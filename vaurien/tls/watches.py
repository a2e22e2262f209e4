"""Watches: what is waited for on a few sockets, and only while it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vaurien.dial import Socket
from vaurien.relay import READ

Step = Callable[[], None]


class Watches:
    """Watchers of the event loop, each made when it is first wanted. A socket is dropped before it is closed."""

    __slots__ = ("_loop", "_watchers")

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._watchers: dict[tuple[Socket, int], Any] = {}

    def want(self, sock: Socket, event: int, run: Callable[[Step], None], step: Step, wanted: bool) -> None:
        """Calls ``run(step)`` at each `event` of `sock`, for as long as that is `wanted`."""
        watcher = self._watchers.get((sock, event))
        if watcher is None:
            if not wanted:
                return
            watcher = self._watchers[sock, event] = self._loop.io(sock.fileno(), event)
        if wanted != watcher.active:
            watcher.start(run, step) if wanted else watcher.stop()

    def reads(self, sock: Socket) -> bool:
        """Whether something to read is waited for."""
        watcher = self._watchers.get((sock, READ))
        return watcher is not None and bool(watcher.active)

    def drop(self, sock: Socket) -> None:
        """No more of this socket."""
        for key in [key for key in self._watchers if key[0] is sock]:
            watcher = self._watchers.pop(key)
            watcher.stop()
            watcher.close()
