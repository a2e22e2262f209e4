"""The ``corrupt`` handler: a few wrong bytes."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.distributions import geometric
from vaurien.handlers.base import BaseHandler
from vaurien.options import Option, direction


class Corrupt(BaseHandler):
    """Changes bytes at random places; the length stays the same.

    Each byte is changed with the probability `rate`, and always to another value than it had. At least one byte of
    a call changes, unless `rate` is 0.
    """

    name = "corrupt"
    every_piece = True
    options = {
        "rate": Option("The share of the bytes that change", float, 0.01, minimum=0, maximum=1),
        "direction": direction("to_client"),
    }

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, self.corrupted(data))

    def corrupted(self, data: bytes) -> bytes:
        """`data` with the changes of this call."""
        rate: float = self.option("rate")
        if not data or not rate:
            return data
        source = self.call.random("corrupt")
        changed = bytearray(data)
        # from one changed byte to the next it is a geometric distance: as many draws as changes, not as bytes
        place = geometric(source, rate, len(data))
        if place >= len(data):
            place = source.randrange(len(data))
        while place < len(data):
            changed[place] ^= source.randrange(1, 256)
            place += 1 + geometric(source, rate, len(data))
        return bytes(changed)
