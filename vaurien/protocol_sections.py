"""Protocol sections: ``[protocol:NAME]``, by which a protocol is loaded that no proxy need speak yet."""

from __future__ import annotations

from collections.abc import Iterable

from vaurien.errors import ConfigError
from vaurien.ini import Given
from vaurien.layers import Layers
from vaurien.protocols import PROTOCOLS, Protocol
from vaurien.registry import name_of
from vaurien.settings import TCP, ProtocolType, ProxySettings


def spoken(given: Given | None, layers: Layers) -> ProtocolType | None:
    """What a proxy speaks; None for tcp, which needs no protocol. Raises `ConfigError`."""
    name = TCP if given is None else given.text.strip()
    return None if given is None or name == TCP else _found(name, given.where, layers)


def loaded(proxies: Iterable[ProxySettings], layers: Layers) -> dict[str, ProtocolType]:
    """All that are built in, that a proxy speaks, or that a section speaks of. Raises `ConfigError`."""
    types = {name: ProtocolType(name, target) for name, target in PROTOCOLS.built_in.items()}
    named = [_found(name, layers.place(name), layers) for name in layers.names()]
    for protocol in (*named, *(proxy.protocol for proxy in proxies if proxy.protocol is not None)):
        types[protocol.name] = protocol
    return types


def _found(name: str, where: str, layers: Layers) -> ProtocolType:
    found = layers.find(name, where, others=(TCP,))
    target = found.target
    if not (isinstance(target, type) and issubclass(target, Protocol)):
        raise ConfigError(where, f"{name!r} is no protocol: it must derive from vaurien.protocols.Protocol")
    return ProtocolType(name if name in layers.callables() else name_of(target, name), target)
