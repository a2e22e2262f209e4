"""The ``tls_hang`` session handler: silence, in the middle of a TLS handshake."""

from __future__ import annotations

from vaurien.options import Option
from vaurien.session_handlers.base import NewSession
from vaurien.session_handlers.hello import read_hello
from vaurien.session_handlers.silent import Silent


class TlsHang(Silent):
    """Says nothing more when the client has begun its handshake, until it leaves or `time` is over; then it closes.

    No backend is contacted. Whether the proxy speaks TLS itself or lets it through makes no difference. (``silent``
    says nothing from the start: another moment only where a protocol has words before TLS.)
    """

    name = "tls_hang"
    options = {
        "time": Option("For how long; 0 is until the client leaves", float, 0.0, minimum=0, unit="seconds"),
    }

    def __call__(self, session: NewSession) -> bool:
        read_hello(session)
        return super().__call__(session)
