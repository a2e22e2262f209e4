"""The ``abort`` handler: reset."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import direction


class Abort(BaseHandler):
    """Resets the client's connection (TCP RST): the client sees "connection reset by peer".

    What the client sent never reaches the backend. With `direction` = ``to_client`` it is the answer that is lost:
    the backend has done its work.
    """

    name = "abort"
    options = {"direction": direction("to_backend")}

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> bool:
        self.call.session.reset_client()
        return False
