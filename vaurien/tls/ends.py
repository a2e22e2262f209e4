"""Ends: how a session gets the plain bytes of a client and of a backend that speak TLS."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from vaurien.dial import Socket
from vaurien.settings import ProxySettings
from vaurien.tls.coat import Coat
from vaurien.tls.engine import Engine
from vaurien.tls.tunnel import Tunnel

log = logging.getLogger("vaurien.session")
proxy_log = logging.getLogger("vaurien.proxy")


def accept(session: Any, go_on: Callable[[], None]) -> None:
    """Begins TLS with the client of a session, if its proxy is to: `go_on` is called when the session's client is a
    socket with plain bytes."""
    proxy = session.proxy
    context = session.tls_context or proxy.tls.client_context()
    if context is None:
        return go_on()

    def opened(plain: Socket) -> None:
        session.change_client(plain)
        _in_session(session, go_on)

    def failed(reason: str) -> None:
        log.warning("client's TLS handshake failed: %s", reason, extra=session.context(True))
        _in_session(session, lambda: session.end(f"client's TLS handshake failed: {reason}"))

    coat = Coat(proxy.tls.accepting(), lambda: Engine(context, True))
    _start(session, "client", session.client, coat, opened, failed, False)


def reach(session: Any, backend: Socket, go_on: Callable[[Socket], None]) -> None:
    """Begins TLS with a backend that is connected, if the proxy is to: `go_on` gets a socket with plain bytes."""
    proxy = session.proxy
    tls = proxy.settings.tls
    context = tls.backend_context
    if not tls.distant or context is None:
        return go_on(backend)

    def opened(plain: Socket) -> None:
        _in_session(session, lambda: go_on(plain))

    def failed(reason: str) -> None:
        _in_session(session, lambda: session.refused(f"TLS handshake failed: {reason}"))

    name = tls.distant_name or proxy.settings.distant.host or None
    coat = Coat(proxy.tls.reaching(), lambda: Engine(context, False, name))
    _start(session, "backend", backend, coat, opened, failed, True)


def _start(
    session: Any,
    name: str,
    peer: Socket,
    coat: Coat,
    opened: Callable[[Socket], None],
    failed: Callable[[str], None],
    owned: bool,
) -> None:
    proxy = session.proxy
    context = session.context(name == "client")
    tunnel = Tunnel(proxy.shared, name, peer, coat, proxy.settings.timeout, context, owned)
    session.tunnels = (*session.tunnels, tunnel)
    tunnel.start(opened, failed)


def _in_session(session: Any, act: Callable[[], None]) -> None:
    """Does what is the session's matter: what it raises is, too."""
    try:
        act()
    except Exception:
        session.failed(True)


def warn_unless_verified(settings: ProxySettings) -> None:
    """Says so in the log if anybody could be taken for the backend."""
    if settings.tls.distant and not settings.tls.verify:
        proxy_log.warning(
            "distant_verify is false: whoever answers is taken for the backend", extra={"proxy": settings.name}
        )
