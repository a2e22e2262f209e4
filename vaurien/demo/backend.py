"""Backend: the small web server that the demo's client asks."""

from __future__ import annotations

from typing import Any

from gevent.server import StreamServer

from vaurien.address import Address

BODY = b"Hello from the backend.\n"
ANSWER = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
MOST = 65536
"""A request longer than so many bytes is not answered."""


class Backend(StreamServer):
    """Answers each HTTP request on 127.0.0.1 with `BODY` and closes the connection. The caller starts and stops it.

    An answer is one write, and so one call in the proxy: gevent's WSGI server would send headers and body apart, and
    a share of the calls would no longer be a share of the answers.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0))

    @property
    def local(self) -> Address:
        """Where it listens, with the real port, once it is started."""
        return Address.of(self.address)

    def handle(self, sock: Any, address: Any) -> None:
        """One connection. `StreamServer` closes it afterwards."""
        try:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = sock.recv(4096)
                request += piece
                if not piece or len(request) > MOST:
                    return
            sock.sendall(ANSWER)
        except OSError:
            pass  # the client has left, or was made to
