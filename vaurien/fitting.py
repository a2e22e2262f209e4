"""Fitting: whether a proxy's protocol knows what its handlers are to say."""

from __future__ import annotations

from collections.abc import Iterator

from vaurien.errors import ConfigError, NotMade
from vaurien.handlers.native import Native
from vaurien.protocols.base import CHOICES, Protocol
from vaurien.registry import in_a_line
from vaurien.settings import HandlerSettings, ProxySettings
from vaurien.weighted import split


def made_protocol(settings: ProxySettings) -> Protocol | None:
    """What the proxy speaks; None for plain tcp. Raises `ConfigError` if it cannot be made."""
    if settings.protocol is None:
        return None
    try:
        made: Protocol = settings.protocol.target()
    except Exception as exc:  # a class may do anything
        where = settings.places.get("protocol", f"proxy {settings.name}")
        raise ConfigError(where, f"protocol {settings.protocol.name} cannot be made: {in_a_line(exc)}") from exc
    return made


def check_choices(settings: ProxySettings) -> None:
    """Raises `NotMade` for the first choice of a handler that the proxy's protocol does not know. Plain tcp knows none,
    and does not look at them.

    Lists of other protocols may stand beside the one that counts, where several proxies share a handler's options;
    alone, they are a mistake, if the handler is at work.
    """
    protocol = made_protocol(settings)
    if protocol is None:
        return
    known = [key for key in CHOICES if getattr(protocol, key)]
    at_work = set(settings.behavior.names)
    for handler in _native(settings):
        lists = [key for key in CHOICES if handler.given.get(key)]
        for key in lists:
            if key in known:
                _check_list(protocol, handler, key)
            elif handler.name in at_work and not any(key in known for key in lists):
                has = f"has no {key}, but {' and '.join(known)}" if known else "has no errors to choose from"
                raise _refused(handler, key, f"protocol {protocol.name} {has}")


def _native(settings: ProxySettings) -> Iterator[HandlerSettings]:
    """The handlers that say errors in the protocol's tongue."""
    for handler in settings.handlers.values():
        if isinstance(handler.target, type) and issubclass(handler.target, Native):
            yield handler


def _check_list(protocol: Protocol, handler: HandlerSettings, key: str) -> None:
    for choice in handler.given[key]:
        try:
            protocol.check(key, split(choice)[0])
        except ValueError as exc:
            raise _refused(handler, key, str(exc)) from exc


def _refused(handler: HandlerSettings, key: str, problem: str) -> NotMade:
    where = handler.places.get(key, f"handler {handler.name} {key}")
    return NotMade("handler", handler.name, ConfigError(where, problem), option=key)
