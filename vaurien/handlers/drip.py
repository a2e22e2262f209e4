"""The ``drip`` handler: little by little."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import Option, direction


class Drip(BaseHandler):
    """Passes the call on `bytes` bytes at a time, with a pause of `interval` seconds between."""

    name = "drip"
    every_piece = True
    options = {
        "bytes": Option("So many bytes at a time", int, 1, minimum=1, unit="bytes"),
        "interval": Option("The pause between two pieces", float, 0.1, minimum=0, unit="seconds"),
        "direction": direction("to_client"),
    }

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        size: int = self.option("bytes")
        for start in range(0, len(data), size):
            if start:
                self.sleep(self.option("interval"))
            self._send_data(client_sock, backend_sock, to_backend, data[start : start + size])
