"""The ``dummy`` handler: nothing goes wrong."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import direction


class Dummy(BaseHandler):
    """Passes everything on, unchanged and at once.

    It gets all calls that no other handler gets. The engine relays its bytes itself, without calling it, wherever
    nothing else wants to see them.
    """

    name = "dummy"
    options = {"direction": direction("both")}
    in_loop = True

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, data)
