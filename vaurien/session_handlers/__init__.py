"""Session handlers: what can happen to a session as a whole. `BUILT_IN` lists those that come with Vaurien."""

from __future__ import annotations

from vaurien.registry import Registry
from vaurien.session_handlers.base import COMMON, NewSession, SessionHandler
from vaurien.session_handlers.refuse import Refuse
from vaurien.session_handlers.silent import Silent
from vaurien.session_handlers.slow_open import SlowOpen
from vaurien.session_handlers.tls_close import TlsClose
from vaurien.session_handlers.tls_expired import TlsExpired
from vaurien.session_handlers.tls_hang import TlsHang
from vaurien.session_handlers.tls_reset import TlsReset
from vaurien.session_handlers.tls_untrusted import TlsUntrusted
from vaurien.session_handlers.tls_wrong_name import TlsWrongName

BUILT_IN: tuple[type[SessionHandler], ...] = (
    Refuse,
    Silent,
    SlowOpen,
    TlsClose,
    TlsReset,
    TlsHang,
    TlsExpired,
    TlsWrongName,
    TlsUntrusted,
)

SESSION_HANDLERS = Registry(
    "session_handler", {handler.name: handler for handler in BUILT_IN}, "vaurien.session_handlers", COMMON
)

__all__ = ["BUILT_IN", "SESSION_HANDLERS", "NewSession", "SessionHandler"]
