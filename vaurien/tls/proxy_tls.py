"""Proxy TLS: what one proxy shows and says to those that speak TLS with it."""

from __future__ import annotations

import ssl
from typing import Any

from vaurien.protocols.preamble import Preamble


class ProxyTls:
    """The TLS of a proxy, as its settings and its protocol are at the moment."""

    __slots__ = ("_proxy",)

    def __init__(self, proxy: Any) -> None:
        """Raises `ConfigError` if a certificate is to be made that cannot be."""
        self._proxy = proxy
        self.client_context()  # it is made before there are clients, where it is to be made

    def client_context(self) -> ssl.SSLContext | None:
        """What clients are shown now that speak TLS; None where the proxy does not look into what they say."""
        tls = self._proxy.settings.tls
        if tls.self_signed:
            return self.made_context()
        context: ssl.SSLContext | None = tls.client_context
        return context

    def made_context(self, kind: str = "good") -> ssl.SSLContext:
        """The same with a certificate that is made for this proxy, of one of `vaurien.tls.authority.KINDS`. Raises
        `ConfigError` if there is nothing to make it with."""
        settings = self._proxy.settings
        alpn = () if settings.protocol is None else settings.protocol.target.alpn
        context: ssl.SSLContext = self._proxy.shared.authority.context(settings.local.host, kind, alpn)
        return context

    def accepting(self) -> Preamble | None:
        """What clients say before TLS begins; None where they begin with it."""
        protocol = self._proxy.protocol
        return None if protocol is None or self._proxy.settings.tls.implicit else protocol.accepting()

    def reaching(self) -> Preamble | None:
        """The same for the backend."""
        protocol = self._proxy.protocol
        return None if protocol is None or self._proxy.settings.tls.distant_implicit else protocol.reaching()
