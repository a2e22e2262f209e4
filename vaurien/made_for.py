"""Made for: whether the handlers that a behavior chooses are for the protocol that the proxy speaks."""

from __future__ import annotations

from vaurien.errors import ConfigError
from vaurien.settings import ProxySettings


def check_made_for(settings: ProxySettings) -> None:
    """Raises `ConfigError` if the behavior names a handler that is made for other protocols only. A class that
    derives from a protocol's counts as that protocol."""
    protocol = settings.protocol
    spoken = {"tcp"} if protocol is None else {protocol.name}
    spoken |= {getattr(base, "name", "") for base in getattr(protocol and protocol.target, "__mro__", ())}
    for name in settings.behavior.names:
        known = getattr(settings.handlers[name].target, "protocols", ())
        if known and spoken.isdisjoint(known):
            where = settings.places.get("behavior", f"proxy {settings.name}")
            allowed = ", ".join(known)
            raise ConfigError(
                where, f"handler {name!r} is made for {allowed}, and the protocol here is {settings.protocol_name}"
            )
