"""The ``half_close`` handler: one direction ends, the other goes on."""

from __future__ import annotations

import socket as constants

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import direction


class HalfClose(BaseHandler):
    """Passes the call on and then ends this direction: the receiver sees the end of the stream.

    The other direction goes on. What the sender says from now on is read and goes nowhere. Where a protocol is known,
    the whole message passes first, however long it is.
    """

    name = "half_close"
    every_piece = True
    options = {"direction": direction("to_backend")}

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, data)
        if self.call.message is not None and not self.call.whole:
            return  # the next piece of it is a call of this handler's, too
        (backend_sock if to_backend else client_sock).shutdown(constants.SHUT_WR)
        while self._get_data(client_sock, backend_sock, to_backend):
            pass
