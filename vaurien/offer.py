"""Offer: the handlers, session handlers, hooks and toxics that can be chosen while a daemon runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

from vaurien.errors import ConfigError
from vaurien.given import value
from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.ini import Sections
from vaurien.layers import LISTS, Layers, Roles
from vaurien.registry import name_of
from vaurien.session_handlers import SESSION_HANDLERS
from vaurien.session_roles import session_handler
from vaurien.settings import HandlerSettings, HookSettings, ProxySettings, SessionHandlerSettings, ToxicType
from vaurien.toxic_sections import TOXIC_OPTIONS
from vaurien.toxics import TOXICS

T = TypeVar("T", HandlerSettings, HookSettings, SessionHandlerSettings)


class Offered(NamedTuple):
    """What there is of each, by name."""

    handlers: dict[str, HandlerSettings]
    session_handlers: dict[str, SessionHandlerSettings]
    hooks: dict[str, HookSettings]
    toxics: dict[str, ToxicType]


def offered(ini: Sections, command_line: Sections, proxies: Mapping[str, ProxySettings]) -> Offered:
    """All that is built in or has been loaded because the configuration names it, with the options that hold for all
    proxies. What other packages bring is not loaded unless somebody names it.

    The configuration must be good: what cannot be found is left out here.
    """
    shared = Roles("", ini, command_line)
    own = [Roles(name, ini, command_line) for name in proxies]
    handlers: dict[str, HandlerSettings] = {}
    for_sessions: dict[str, SessionHandlerSettings] = {}
    hooks: dict[str, HookSettings] = {}
    layers = (*ini.values(), *command_line.values())
    listed = {key: [options[key].text for options in layers if key in options] for key in LISTS}
    for handler in _found(shared.handler, HANDLERS.built_in, shared.of_handlers.names(), _names(listed["behavior"])):
        handlers.setdefault(handler.name, handler)
    of_sessions = shared.of_session_handlers
    named = (SESSION_HANDLERS.built_in, of_sessions.names(), _names(listed["session_behavior"]))
    for found in _found(partial(session_handler, of_sessions), *named):
        for_sessions.setdefault(found.name, found)
    for hook in _found(shared.hook, HOOKS.built_in, shared.of_hooks.names(), _names(listed["hooks"])):
        hooks.setdefault(hook.name, hook)
    for roles in own:
        for handler in _found(roles.handler, roles.of_handlers.names()):
            handlers.setdefault(handler.name, _of_all(handler, shared.of_handlers, hooks=()))
        for found in _found(partial(session_handler, roles.of_session_handlers), roles.of_session_handlers.names()):
            for_sessions.setdefault(found.name, _of_all(found, of_sessions))
        for hook in _found(roles.hook, roles.of_hooks.names()):
            hooks.setdefault(hook.name, _of_all(hook, shared.of_hooks))
    return Offered(handlers, for_sessions, hooks, _toxic_types([shared, *own]))


def _toxic_types(roles: Iterable[Roles]) -> dict[str, ToxicType]:
    """All types of toxics that are built in or that a section speaks of."""
    types = {name: ToxicType(name, target, TOXICS.options(target, name)) for name, target in TOXICS.built_in.items()}
    for layers in (role.of_toxics for role in roles):
        for name in layers.names():
            with suppress(ConfigError):
                label, target, declared, *_ = layers.find(name, "", TOXIC_OPTIONS)
                kind = name_of(target, label)
                types.setdefault(kind, ToxicType(kind, target, declared))
    return types


def _names(lists: Iterable[str]) -> Iterator[str]:
    """The names in behaviors and lists of hooks."""
    for text in lists:
        for part in re.split(r"[,\s]+", text):
            yield part.rpartition(":")[2].strip()


def _found(find: Callable[[str, str], T], *names: Iterable[str]) -> Iterator[T]:
    for name in dict.fromkeys(name for some in names for name in some if name):
        with suppress(ConfigError):
            yield find(name, "")


def _of_all(found: T, layers: Layers, **changes: Any) -> T:
    """What one proxy's sections have named, with the options that hold for all."""
    values = layers.values(found.name)
    given = {name: value(name, option, values) for name, option in found.declared.items() if name in values}
    return replace(found, given=given, **changes)
