"""Showing: what session handlers have in common that show a client a certificate with a fault."""

from __future__ import annotations

from typing import ClassVar

from vaurien.session_handlers.base import NewSession, SessionHandler


class ShowsCertificate(SessionHandler):
    """Lets the session go on with another certificate than the proxy's, made on the fly: of the `kind` that
    `vaurien.tls.proxy_tls.ProxyTls.made_context` knows."""

    kind: ClassVar[str]
    options = {}

    def __call__(self, session: NewSession) -> None:
        session.tls_context = session.proxy.tls.made_context(self.kind)
