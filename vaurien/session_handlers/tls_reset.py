"""The ``tls_reset`` session handler: a reset, in the middle of a TLS handshake."""

from __future__ import annotations

from vaurien.session_handlers.base import NewSession, SessionHandler
from vaurien.session_handlers.hello import read_hello


class TlsReset(SessionHandler):
    """Resets the connection when the client has begun its TLS handshake.

    No backend is contacted. Whether the proxy speaks TLS itself or lets it through makes no difference.
    """

    name = "tls_reset"
    options = {}

    def __call__(self, session: NewSession) -> None:
        read_hello(session)
        session.reset_client()
