"""The ``error`` handler: wrong."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.native import SAID, Native
from vaurien.options import Option, direction


class Error(Native):
    """An error in place of what the backend would say.

    Where the protocol is known, it is an error of that protocol, such as its own server would send: the backend never
    sees the request, the client's driver understands what it gets, and the connection lives on where it would in
    life. Which error is chosen among `codes`, `errors` or `sqlstates`, by weight; each protocol knows one of these
    lists. What nobody would answer, such as a part of a handshake, passes.

    With plain tcp it is random bytes in place of what the backend said, as many of them as it said. With `inject`, its
    words stay, and as many random bytes come in the middle of them. `direction` says whose words it is then; where the
    protocol is known, it is always the client who gets the error, and it counts for nothing.

    The first `warmup` calls of each session in this direction are left alone, so that a protocol can shake hands.
    """

    name = "error"
    options = {
        **SAID,
        "inject": Option("In plain tcp, keep what was said and put random bytes in the middle of it", bool, False),
        "warmup": Option("So many calls of each session are left alone first", int, 0, minimum=0),
        "direction": direction("to_client"),
    }

    def acts_on(self, to_backend: bool) -> bool:
        """Requests, where there are any; otherwise what the direction says."""
        plain = self.proxy is None or self.proxy.protocol is None
        return super().acts_on(to_backend) if plain else to_backend

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        message = self.call.message
        if message is not None and message.answerable and self.fails():
            self.call.answer(self.said(message))
            return
        data = self._get_data(client_sock, backend_sock, to_backend)
        if self.call.session.protocol is None and self.fails():
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
