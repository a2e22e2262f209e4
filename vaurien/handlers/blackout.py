"""The ``blackout`` handler: closed."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import direction


class Blackout(BaseHandler):
    """Closes the client's connection at once.

    The client sees an orderly end of the stream where an answer should have come. What it sent never reaches the
    backend. With `direction` = ``to_client`` it is the answer that is lost: the backend has done its work.
    """

    name = "blackout"
    options = {"direction": direction("to_backend")}

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> bool:
        self._get_data(client_sock, backend_sock, to_backend)
        self.call.session.close_client()
        return False
