"""Session roles: which session handlers a proxy has, and what share each, from all sections that speak of them."""

from __future__ import annotations

from vaurien.aim import check_sum
from vaurien.behavior import Share
from vaurien.errors import ConfigError
from vaurien.given import converted
from vaurien.ini import Given
from vaurien.layers import Layers, check_call
from vaurien.session_behavior import SessionBehavior
from vaurien.settings import SessionHandlerSettings


def session_handler(layers: Layers, name: str, where: str) -> SessionHandlerSettings:
    """The session handler that is called `name`. Raises `ConfigError`."""
    found = layers.find(name, where)
    check_call(found, where, "session handler")
    return SessionHandlerSettings(found.name, found.target, found.declared, found.given)


def session_handlers(layers: Layers, given: Given | None) -> tuple[SessionBehavior, dict[str, SessionHandlerSettings]]:
    """The session behavior that is given, and the session handlers that it or any section names."""
    behavior = SessionBehavior()
    if given is not None:
        behavior = converted(lambda text: SessionBehavior.parse(text, layers.known()), given)
    handlers: dict[str, SessionHandlerSettings] = {}
    shares = []
    for share in behavior.shares:
        assert given is not None
        handler = session_handler(layers, share.name, given.where)
        if handler.name in handlers:
            raise ConfigError(given.where, f"two session handlers are called {handler.name!r}")
        handlers[handler.name] = handler
        shares.append(Share(share.weight, handler.name))
    for name in layers.names():
        if name in layers.known() and name not in handlers and name not in behavior.names:
            handlers[name] = session_handler(layers, name, layers.place(name))
    behavior = SessionBehavior(tuple(shares))
    check_sum(behavior, handlers, given.where if given else "", layers.known())
    return behavior, handlers
