"""The ``lost_response`` handler: done, and nobody knows."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import Option, direction


class LostResponse(BaseHandler):
    """The backend receives the call and does its work; its answer never reaches the client, who is closed or reset.

    The client's connection ends at the moment at which the answer would have come. What the client sends until then
    still goes to the backend.
    """

    name = "lost_response"
    options = {
        "how": Option("How the client's connection ends", str, "close", choices=("close", "reset")),
        "direction": direction("to_backend"),
    }

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> bool:
        data = self._get_data(client_sock, backend_sock, to_backend)
        if to_backend:
            self._send_data(client_sock, backend_sock, to_backend, data)
            self.call.take_reply()
            return True
        if self.option("how") == "reset":
            self.call.session.reset_client()
        else:
            self.call.session.close_client()
        return False
