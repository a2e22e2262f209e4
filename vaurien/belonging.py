"""Belonging: a handler of calls that is named where session handlers are chosen, or the reverse, and what to say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from vaurien.errors import ConfigError
from vaurien.handlers import HANDLERS, BaseHandler
from vaurien.registry import Registry, nearest
from vaurien.session_handlers import SESSION_HANDLERS, SessionHandler


class Kind(NamedTuple):
    """Those of one kind: what they are called, what they derive from, and the option that chooses among them."""

    registry: Registry
    word: str
    base: type
    option: str


OF_CALLS = Kind(HANDLERS, "a handler of calls", BaseHandler, "behavior")
OF_SESSIONS = Kind(SESSION_HANDLERS, "a session handler", SessionHandler, "session_behavior")
OTHER = {OF_CALLS.registry.kind: OF_SESSIONS, OF_SESSIONS.registry.kind: OF_CALLS}
"""By the kind of those that are wanted: the one that they may be taken for."""


def check_name(registry: Registry, name: str, where: str, known: Iterable[str]) -> None:
    """Raises `ConfigError` for a name that only the other kind has; `known` are those that the place knows."""
    other = OTHER.get(registry.kind)
    if other is not None and name not in known and name in other.registry.names():
        raise _misplaced(other, name, where, known)


def check_target(registry: Registry, target: Any, name: str, where: str, known: Iterable[str]) -> None:
    """Raises `ConfigError` for a class that is made for the other kind."""
    other = OTHER.get(registry.kind)
    if other is not None and isinstance(target, type) and issubclass(target, other.base):
        raise _misplaced(other, name, where, known)


def _misplaced(other: Kind, name: str, where: str, known: Iterable[str]) -> ConfigError:
    return ConfigError(where, f"{name!r} is {other.word}, which belongs to {other.option}; {nearest('', known)}")
