"""Fitting: whether what a proxy is told goes together: its behaviors, handlers, protocol and TLS."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from vaurien.aim import check_aim, named_by
from vaurien.errors import ConfigError, NotMade
from vaurien.handlers.native import Native
from vaurien.made_for import check_made_for
from vaurien.protocols.base import CHOICES, Protocol
from vaurien.registry import in_a_line
from vaurien.session_handlers.showing import ShowsCertificate
from vaurien.settings import NO_CRYPTOGRAPHY, HandlerSettings, ProxySettings
from vaurien.weighted import split

CERTIFIED = "give it tls_cert, or tls_self_signed"
"""What a proxy needs for that."""


def check_fitting(settings: ProxySettings) -> None:
    """Raises `ConfigError` for the first thing that does not fit."""
    check_ends(settings)
    check_made_for(settings)
    check_choices(settings)
    check_aim(settings)
    check_shown(settings)


def check_ends(settings: ProxySettings) -> None:
    """Raises `ConfigError` for a proxy whose backend is the proxy itself: one client would fill it with sessions."""
    if settings.local == settings.distant and (settings.distant.path or settings.distant.port):
        where = settings.places.get("distant", f"proxy {settings.name}")
        raise ConfigError(where, f"{settings.distant} is where the proxy itself listens: say where its backend is")


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
    """Raises `NotMade` for the first choice of a handler that the proxy's protocol does not know. Plain tcp knows none.

    Lists of other protocols may stand beside the one that counts, and several beside each other for tcp, where proxies
    share a handler's options; else they are a mistake, if the handler is at work.
    """
    protocol = made_protocol(settings)
    known = [] if protocol is None else [key for key in CHOICES if getattr(protocol, key)]
    at_work = set(settings.behavior.names)
    for name in settings.behavior.scripts:
        at_work.update(named_by(settings.handlers[name]))
    for handler in _native(settings):
        lists = [key for key in CHOICES if handler.given.get(key)]
        are_shared = len(lists) > 1 if protocol is None else any(key in known for key in lists)
        for key in lists:
            if protocol is not None and key in known:
                _check_list(protocol, handler, key)
            elif handler.name in at_work and not are_shared:
                has = f"has no {key}, but {' and '.join(known)}" if known else "has no errors to choose from"
                if protocol is None:
                    has += ": say what the backend speaks, as protocol"
                raise _refused(handler, key, f"protocol {settings.protocol_name} {has}")


def check_shown(settings: ProxySettings) -> None:
    """Raises `NotMade` for a session handler at work that shows a certificate, where there is no TLS for it, or nothing
    to make one with."""
    for name in _showing(settings):
        where = settings.places.get("session_behavior", f"proxy {settings.name}")
        if not settings.tls.to_client:
            problem = f"{name!r} shows clients a certificate, and they speak no TLS with the proxy: {CERTIFIED}"
            raise NotMade("session_handler", name, ConfigError(where, problem))
        if importlib.util.find_spec("cryptography") is None:
            raise NotMade("session_handler", name, ConfigError(where, f"{name!r} {NO_CRYPTOGRAPHY}"))


def signs(settings: ProxySettings) -> bool:
    """Whether clients are shown certificates that the daemon's own authority has signed."""
    return settings.tls.self_signed or any(_showing(settings))


def _showing(settings: ProxySettings) -> Iterator[str]:
    """The session handlers at work that show a certificate."""
    for name in settings.session_behavior.names:
        target = settings.session_handlers[name].target
        if isinstance(target, type) and issubclass(target, ShowsCertificate):
            yield name


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
