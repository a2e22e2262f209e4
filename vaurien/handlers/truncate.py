"""The ``truncate`` handler: cut short."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import Option, direction


class Truncate(BaseHandler):
    """Passes on only the first `bytes` bytes of the call, then ends the session.

    A call that has no more than `bytes` bytes arrives whole before the end.
    """

    name = "truncate"
    options = {
        "bytes": Option("So many bytes of the call still arrive", int, 10, minimum=0, unit="bytes"),
        "direction": direction("to_client"),
    }

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> bool:
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, data[: self.option("bytes")])
        return False
