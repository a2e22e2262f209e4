"""The ``lost_response`` handler: done, and nobody knows."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.native import SAID, Native
from vaurien.options import Option, direction


class LostResponse(Native):
    """The backend receives the call and does its work; its answer never reaches the client, who is closed or reset.

    The client's connection ends at the moment at which the answer would have come; or, with `how` = ``error`` and where
    the protocol is known, the client gets an error in its place, which is chosen as ``error`` does, and may go on. What
    the client sends until then still goes to the backend. A request to which nobody replies passes; with ``error``, so
    does one that gets no error in its protocol.
    """

    name = "lost_response"
    options = {
        "how": Option("What the client sees", str, "close", choices=("close", "reset", "error")),
        **SAID,
        "direction": direction("to_backend"),
    }

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> bool:
        message = self.call.message
        if message is not None and not message.to_backend and self.option("how") == "error":
            self.call.answer(self.said(message))
            return True
        data = self._get_data(client_sock, backend_sock, to_backend)
        if to_backend:
            self._send_data(client_sock, backend_sock, to_backend, data)
            if message is None or message.answerable or self.option("how") != "error":
                self.call.take_reply()
            return True
        if self.option("how") == "reset":
            self.call.session.reset_client()
        else:
            self.call.session.close_client()
        return False
