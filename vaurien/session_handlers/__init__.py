"""Session handlers: what can happen to a session as a whole. `BUILT_IN` lists those that come with Vaurien."""

from __future__ import annotations

from vaurien.registry import Registry
from vaurien.session_handlers.base import COMMON, NewSession, SessionHandler
from vaurien.session_handlers.refuse import Refuse
from vaurien.session_handlers.silent import Silent
from vaurien.session_handlers.slow_open import SlowOpen

BUILT_IN: tuple[type[SessionHandler], ...] = (
    Refuse,
    Silent,
    SlowOpen,
)

SESSION_HANDLERS = Registry(
    "session_handler", {handler.name: handler for handler in BUILT_IN}, "vaurien.session_handlers", COMMON
)

__all__ = ["BUILT_IN", "SESSION_HANDLERS", "NewSession", "SessionHandler"]
