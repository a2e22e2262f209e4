"""The ``error`` handler: wrong."""

from __future__ import annotations

from gevent.socket import socket

from vaurien.handlers.base import BaseHandler
from vaurien.options import Option, direction
from vaurien.protocols.base import CHOICES, Answer, Message, Protocol
from vaurien.weighted import choose, weighted


class Error(BaseHandler):
    """An error in place of what the backend would say.

    Where the protocol is known, it is an error of that protocol, such as its own server would send: the backend never
    sees the request, the client's driver understands what it gets, and the connection lives on where it would in
    life. Which error is chosen among `codes`, `errors` or `sqlstates`, by weight; each protocol knows one of these
    lists. What nobody would answer, such as a part of a handshake, passes.

    With plain tcp it is random bytes in place of what the backend said, as many of them as it said. With `inject`, its
    words stay, and as many random bytes come in the middle of them.

    With a `direction` of both, requests get errors where there are messages, and answers where there are none. With
    ``to_client`` the backend gets the request and does its work, and the error takes the place of the answer. The first
    `warmup` calls of each session in this direction are left alone, so that a protocol can shake hands.
    """

    name = "error"
    options = {
        "codes": Option("Status codes to choose from: 503,500*3 (http, smtp)", weighted, ()),
        "retry_after": Option("What Retry-After says; 0 for no such header (http)", int, 0, minimum=0, unit="seconds"),
        "errors": Option("Errors to choose from: LOADING,OOM*2 or 1205,1213 (redis, mysql, memcached)", weighted, ()),
        "sqlstates": Option("SQLSTATEs to choose from: 40001,57P01 (postgresql)", weighted, ()),
        "inject": Option("In plain tcp, keep what was said and put random bytes in the middle of it", bool, False),
        "warmup": Option("So many calls of each session are left alone first", int, 0, minimum=0),
        "direction": direction("both"),
    }

    def acts_on(self, to_backend: bool) -> bool:
        """With both directions allowed, it is the requests where there are any."""
        if self.option("direction") == "both":
            return to_backend == (self.proxy.protocol is not None)
        return super().acts_on(to_backend)

    def __call__(self, client_sock: socket, backend_sock: socket, to_backend: bool) -> None:
        message = self.call.message
        if message is not None and message.answerable and self.fails():
            self.call.answer(self.said(message))
            return
        data = self._get_data(client_sock, backend_sock, to_backend)
        if self.proxy.protocol is None and self.fails():
            data = self.spoilt(data)
        self._send_data(client_sock, backend_sock, to_backend, data)

    def fails(self) -> bool:
        """Whether this call is one that goes wrong."""
        return bool(self.call.ordinal > self.option("warmup"))

    def said(self, message: Message) -> Answer:
        """What the backend would say if it failed at this request, or at the one that this is the reply to."""
        protocol: Protocol = self.proxy.protocol
        source = self.call.random("error")
        key = next(key for key in CHOICES if getattr(protocol, key))
        choice = choose(self.option(key) or getattr(protocol, key), source)
        return protocol.error(message.request or message, choice, self.call.session.conversation, self.options, source)

    def spoilt(self, data: bytes) -> bytes:
        """What is sent in place of `data`."""
        noise = self.call.random("noise").randbytes(len(data))
        if not self.option("inject"):
            return noise
        middle = len(data) // 2
        return data[:middle] + noise + data[middle:]
