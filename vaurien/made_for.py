"""Made for: whether the handlers that are at work are for the protocol that the proxy speaks."""

from __future__ import annotations

from typing import Any

from vaurien.errors import ConfigError, NotMade
from vaurien.settings import ProxySettings


def check_made_for(settings: ProxySettings) -> None:
    """Raises `NotMade` if the behavior names a handler that is made for other protocols only."""
    for name in settings.behavior.names:
        problem = not_made_for(name, settings.handlers[name].target, settings)
        if problem:
            where = settings.places.get("behavior", f"proxy {settings.name}")
            raise NotMade("handler", name, ConfigError(where, problem))


def not_made_for(name: str, target: Any, settings: ProxySettings) -> str:
    """Why the handler called `name` cannot be at work in a proxy; empty if it can. A class that derives from a
    protocol's counts as that protocol."""
    protocol = settings.protocol
    spoken = {"tcp"} if protocol is None else {protocol.name}
    spoken |= {getattr(base, "name", "") for base in getattr(protocol and protocol.target, "__mro__", ())}
    known = getattr(target, "protocols", ())
    if not known or not spoken.isdisjoint(known):
        return ""
    allowed = ", ".join(known)
    return f"handler {name!r} is made for {allowed}, and the protocol here is {settings.protocol_name}"
