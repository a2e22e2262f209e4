"""Aim: whether the matches and scripts of a proxy's handlers, and its shares, go together; those of sessions, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from vaurien.behavior import Behavior
from vaurien.errors import ConfigError, NotMade
from vaurien.handlers.script import ByScript
from vaurien.made_for import not_made_for
from vaurien.match import OF_MESSAGES, Match
from vaurien.script import PASS, Script
from vaurien.settings import HandlerSettings, ProxySettings, SessionHandlerSettings
from vaurien.term import NAMED


def is_script(target: Any) -> bool:
    """Whether a handler acts by a script, and so has no weight."""
    return isinstance(target, type) and issubclass(target, ByScript)


def match_of(handler: HandlerSettings | SessionHandlerSettings) -> Match | None:
    """What a handler is limited to."""
    found = handler.given.get("match")
    return found if isinstance(found, Match) and found else None


def named_by(handler: HandlerSettings) -> Mapping[str, int]:
    """The handlers that the script of this one names, if it has one, and at which character."""
    found = handler.given.get("script")
    return found.names if isinstance(found, Script) and is_script(handler.target) else {}


@contextmanager
def at_character(place: int) -> Iterator[None]:
    """What is wrong with a handler that a script names is told with the place where it does."""
    try:
        yield
    except ConfigError as exc:
        raise ConfigError(exc.where, f"at character {place}: {exc.problem}") from exc


def check_aim(settings: ProxySettings) -> None:
    """Raises `ConfigError` for the first thing that does not fit."""
    check_sum(settings.behavior, settings.handlers, settings.places.get("behavior", f"proxy {settings.name}"))
    where = settings.places.get("session_behavior", f"proxy {settings.name}")
    check_sum(settings.session_behavior, settings.session_handlers, where)
    for name in settings.behavior.scripts:
        _check_script(settings.handlers[name], settings)
    for handler in _at_work(settings):
        _check_match(handler, settings)
    if settings.caller_header and NAMED not in _keys(settings):
        where = settings.places.get("caller_header", f"proxy {settings.name}")
        raise ConfigError(where, f"the protocol here is {settings.protocol_name}, and it has no headers")


def check_sum(
    behavior: Behavior,
    handlers: Mapping[str, HandlerSettings] | Mapping[str, SessionHandlerSettings],
    where: str,
    known: Iterable[str] = (),
) -> None:
    """Raises `ConfigError` that lists `known` if the weights come to more than there is."""
    try:
        behavior.check_sum([name for name, handler in handlers.items() if match_of(handler)], known)
    except ValueError as exc:
        raise ConfigError(where, str(exc)) from exc


def _at_work(settings: ProxySettings) -> Iterator[HandlerSettings]:
    """The handlers of the behavior. What a script names acts whenever the script says so."""
    for name in settings.behavior.names:
        yield settings.handlers[name]


def _keys(settings: ProxySettings) -> tuple[str, ...]:
    protocol = settings.protocol
    return () if protocol is None else (OF_MESSAGES, *protocol.target.keys)


def _check_match(handler: HandlerSettings, settings: ProxySettings) -> None:
    match = match_of(handler)
    if match is None:
        return
    try:
        match.check(_keys(settings), f"protocol {settings.protocol_name}")
    except ValueError as exc:
        raise _refused(handler, "match", str(exc)) from exc


def _check_script(handler: HandlerSettings, settings: ProxySettings) -> None:
    if not handler.given.get("script"):
        raise _refused(handler, "script", "is missing: write STEP,… such as pass 100, error, pass 5, hang")
    for name, place in named_by(handler).items():
        target = settings.handlers[name].target if name in settings.handlers else None
        problem = not_made_for(name, target, settings)
        if target is None:
            problem = f"there is no handler {name!r} here"
        elif is_script(target):
            problem = f"{name!r} is a script too: a step is {PASS!r} or another handler"
        if problem:
            raise _refused(handler, "script", f"at character {place}: {problem}")


def _refused(handler: HandlerSettings, option: str, problem: str) -> NotMade:
    where = handler.places.get(option, f"handler {handler.name} {option}")
    return NotMade("handler", handler.name, ConfigError(where, problem), option=option)
