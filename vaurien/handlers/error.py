"""The ``error`` handler: wrong."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import Option, direction


class Error(BaseHandler):
    """Random bytes in place of what the backend said.

    There are as many of them as it said. With `inject`, its words stay, and as many random bytes come in the middle
    of them. The first `warmup` calls of each session in this direction are left alone, so that a protocol can shake
    hands.
    """

    name = "error"
    options = {
        "inject": Option("Keep what was said and put random bytes in the middle of it", bool, False),
        "warmup": Option("So many calls of each session are left alone first", int, 0, minimum=0),
        "direction": direction("to_client"),
    }

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        if self.fails():
            data = self.spoilt(data)
        self._send_data(client_sock, backend_sock, to_backend, data)

    def fails(self) -> bool:
        """Whether this call is one that goes wrong."""
        return bool(self.call.ordinal > self.option("warmup"))

    def spoilt(self, data: bytes) -> bytes:
        """What is sent in place of `data`."""
        noise = self.call.random("noise").randbytes(len(data))
        if not self.option("inject"):
            return noise
        middle = len(data) // 2
        return data[:middle] + noise + data[middle:]
