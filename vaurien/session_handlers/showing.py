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
        proxy = session.proxy
        if not proxy.settings.tls.to_client:
            raise ValueError("the proxy shows its clients no certificate: give it tls_cert, or tls_self_signed")
        session.tls_context = proxy.tls.made_context(self.kind)
