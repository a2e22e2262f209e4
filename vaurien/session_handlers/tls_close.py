"""The ``tls_close`` session handler: the end, in the middle of a TLS handshake."""

from __future__ import annotations

from vaurien.session_handlers.base import NewSession, SessionHandler
from vaurien.session_handlers.hello import read_hello


class TlsClose(SessionHandler):
    """Closes the connection in good order when the client has begun its TLS handshake.

    No backend is contacted. Whether the proxy speaks TLS itself or lets it through makes no difference.
    """

    name = "tls_close"
    options = {}

    def __call__(self, session: NewSession) -> bool:
        read_hello(session)
        return False
