"""A backend that looks at how its session ends."""

from __future__ import annotations

import socket
from queue import SimpleQueue

from tests.path.tools import how_it_ends


class Ending:
    """What a backend does whose session's end is what counts. `seen` gets what it has seen of it."""

    def __init__(self) -> None:
        self.seen: SimpleQueue[str] = SimpleQueue()

    def __call__(self, sock: socket.socket) -> None:
        sock.sendall(b"hello")
        self.seen.put(how_it_ends(sock))
