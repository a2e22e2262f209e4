"""The ``hang`` handler: silent."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import direction


class Hang(BaseHandler):
    """Takes what was sent; then nothing more happens, in either direction, until a peer leaves.

    Nothing is read any more either, so a client that goes on sending is stopped by full buffers, as before a process
    that has stopped. When one peer has left, the session ends; a peer that half-closes its connection has left, too.
    (One that closes behind bytes which nobody reads any more is gone for the kernel only when that gives up, after
    minutes.) TCP's keepalive looks every half a minute whether a silent peer's machine is still there.
    """

    name = "hang"
    options = {"direction": direction("to_backend")}

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> bool:
        self._get_data(client_sock, backend_sock, to_backend)
        self.call.session.wait_departure()
        return False
