"""Layers: which handlers, hooks and toxics a proxy has, from all sections that speak of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from vaurien.aim import at_character, check_sum, is_script, named_by
from vaurien.behavior import Behavior, Share
from vaurien.belonging import check_name, check_target
from vaurien.errors import ConfigError
from vaurien.given import Values, check_names, converted, place, value
from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.hooks.base import overrides
from vaurien.hooks.points import BY_NAME, OF_HANDLERS
from vaurien.ini import Given, Sections
from vaurien.options import Option, words
from vaurien.registry import Registry, name_of, nearest
from vaurien.session_handlers import SESSION_HANDLERS
from vaurien.settings import HandlerSettings, HookSettings, ToxicSettings
from vaurien.toxic_sections import TOXIC_OPTIONS, toxic
from vaurien.toxics import TOXICS

LISTS = {"behavior": HANDLERS, "session_behavior": SESSION_HANDLERS, "hooks": HOOKS}
"""The options that name somebody, and who can be named there."""
PATH = re.compile(r"[^\W\d]\w*(?:\.\w+)+")
"""A dotted path in a list."""


class Found(NamedTuple):
    """A handler or hook that somebody has named: what it is, its options, and what its sections say besides."""

    name: str
    target: Any
    declared: dict[str, Option]
    given: dict[str, Any]
    besides: dict[str, Given]
    places: dict[str, str]


class Layers:
    """The sections that hold for one proxy and speak of one kind (``handler``, ``hook``…), the strongest first.

    They are those of the command line, of the proxy itself, and of all proxies.
    """

    def __init__(self, registry: Registry, proxy: str, ini: Sections, command_line: Sections) -> None:
        self.registry = registry
        self.prefix = f"{registry.kind}:"
        own = f"proxy:{proxy}:"
        of_proxy = {section.removeprefix(own): options for section, options in ini.items() if section.startswith(own)}
        self.layers = [self._of_kind(sections) for sections in (command_line, of_proxy, ini)]

    def _of_kind(self, sections: Sections) -> dict[str, Values]:
        return {
            section.removeprefix(self.prefix): options
            for section, options in sections.items()
            if section.startswith(self.prefix)
        }

    def names(self) -> list[str]:
        """All that the sections speak of, in the order in which they do: first those of all proxies."""
        return list(dict.fromkeys(name for layer in reversed(self.layers) for name in layer))

    def callables(self) -> list[str]:
        """Those whose sections say what they are, so that they can be named like what is built in."""
        keys = {self.registry.key, *self.registry.implied}
        return [name for name in self.names() if not keys.isdisjoint(self.values(name))]

    def implied(self, name: str) -> Any:
        """What the options of a section say that the one called `name` is; None if they do not."""
        if name in self.registry.names() or "." in name:
            return None
        values = self.values(name)
        return next((target for option, target in self.registry.implied.items() if option in values), None)

    def known(self) -> list[str]:
        """All that can be named without a dotted path."""
        return [*self.registry.names(), *self.callables()]

    def values(self, *names: str) -> dict[str, Given]:
        """What is given for the one that is known by any of `names`."""
        found: dict[str, Given] = {}
        for layer in reversed(self.layers):
            for name in reversed(names):
                found.update(layer.get(name, {}))
        return found

    def place(self, name: str) -> str:
        """Where it is spoken of, for an error."""
        return next(place(f"{self.prefix}{name}", layer[name]) for layer in self.layers if name in layer)

    def find(self, name: str, where: str, besides: Iterable[str] = (), others: Iterable[str] = ()) -> Found:
        """What is called `name` in a behavior, a list or a section, with its options converted. A section may have
        the keys `besides` too. `others` can be named besides, which an error says."""
        values = self.values(name)
        key = self.registry.key
        if key in values:
            check_name(self.registry, values[key].text.strip(), values[key].where, self.registry.names())
            target = self.registry.find(values[key].text.strip(), values[key].where)
            label = name
        elif implied := self.implied(name):
            target, label = implied, name
        else:
            check_name(self.registry, name, where, self.known())
            target = self.registry.find(name, where, (*self.callables(), *others))
            label = name_of(target, name) if "." in name else name
            values = self.values(*dict.fromkeys((label, name)))
        check_target(self.registry, target, label, where, self.known())
        values.pop(key, None)
        besides = (*besides,)
        extra = {key: values.pop(key) for key in besides if key in values}
        options = self.registry.options(target, f"{self.registry.word} {label}")
        check_names(values, (*options, *besides))
        given = {key: value(key, options[key], values) for key in options if key in values}
        return Found(label, target, options, given, extra, {key: values[key].where for key in given})


class Roles:
    """The handlers, session handlers, hooks and toxics of one proxy."""

    def __init__(self, proxy: str, ini: Sections, command_line: Sections) -> None:
        self.of_handlers = Layers(HANDLERS, proxy, ini, command_line)
        self.of_session_handlers = Layers(SESSION_HANDLERS, proxy, ini, command_line)
        self.of_hooks = Layers(HOOKS, proxy, ini, command_line)
        self.of_toxics = Layers(TOXICS, proxy, ini, command_line)

    def check(self, named: set[str]) -> None:
        """Finds everything that a section speaks of, used or not. Raises `ConfigError` for what is wrong.

        `named` are the handlers, session handlers and hooks of other proxies, by their own names.
        """
        for layers in (self.of_handlers, self.of_session_handlers, self.of_hooks):
            for name in layers.names():
                if name not in named or name in layers.callables():
                    layers.find(name, layers.place(name), ("hooks",) if layers is self.of_handlers else ())

    def toxics(self) -> tuple[ToxicSettings, ...]:
        """The toxics that the sections describe, in their order. Raises `ConfigError`."""
        layers = self.of_toxics
        found: list[ToxicSettings | None] = []
        for name in layers.names():
            where = layers.place(name)
            if "." not in name and name not in TOXICS.names() and name not in layers.callables():
                raise ConfigError(where, f"type is missing; {nearest(name, TOXICS.names())}")
            label, target, declared, given, besides, _ = layers.find(name, where, TOXIC_OPTIONS)
            found.append(toxic(label, where, target, declared, given, besides))
        return tuple(settings for settings in found if settings is not None)

    def hooks(self, given: Given | None) -> tuple[HookSettings, ...]:
        """The hooks that a list of names asks for, in its order, each once."""
        found: dict[str, HookSettings] = {}
        for name in words(given.text) if given else ():
            assert given is not None
            hook = self.hook(name, given.where)
            found.setdefault(hook.name, hook)
        return tuple(found.values())

    def hook(self, name: str, where: str) -> HookSettings:
        """The hook that is called `name`. Raises `ConfigError`."""
        found = self.of_hooks.find(name, where)
        if isinstance(found.target, type) and not any(overrides(found.target, point) for point in BY_NAME):
            raise ConfigError(where, f"hook {found.name} has none of {', '.join(BY_NAME)}")
        return HookSettings(found.name, found.target, found.declared, found.given)

    def handlers(self, given: Given | None) -> tuple[Behavior, dict[str, HandlerSettings]]:
        """The behavior that is given, and the handlers that it or any section names."""
        layers = self.of_handlers
        behavior = Behavior()
        known = layers.known()
        if given is not None:
            behavior = converted(lambda text: Behavior.parse(text, known, self._scripts()), given)
        handlers: dict[str, HandlerSettings] = {}
        own: dict[str, str] = {}
        for name in behavior.names:
            assert given is not None
            handler = self.handler(name, given.where)
            if handler.name in handlers:
                raise ConfigError(given.where, f"two handlers are called {handler.name!r}")
            handlers[handler.name] = handler
            own[name] = handler.name
        for name in layers.names():
            can_be = name in layers.registry.names() or name in layers.callables()
            if can_be and name not in handlers and name not in own:
                handlers[name] = self.handler(name, layers.place(name))
        for script in list(handlers.values()):
            for name, character in named_by(script).items():
                if name not in handlers:
                    with at_character(character):
                        handlers[name] = self.handler(name, script.places["script"])
        shares = tuple(Share(share.weight, own[share.name]) for share in behavior.shares)
        behavior = Behavior(shares, tuple(own[name] for name in behavior.scripts))
        check_sum(behavior, handlers, given.where if given else "", known)
        return behavior, handlers

    def _scripts(self) -> set[str]:
        """The handlers that act by a script."""
        layers = self.of_handlers
        found = {name for name in layers.callables() if layers.implied(name)}
        for name in {*layers.names(), "script"} - found:
            values = layers.values(name)
            with suppress(ConfigError):
                path = values["callable"].text.strip() if "callable" in values else name
                if name in layers.callables() or path in HANDLERS.built_in:
                    found |= {name} if is_script(HANDLERS.find(path, "")) else set()
        return found

    def handler(self, name: str, where: str) -> HandlerSettings:
        """The handler that is called `name`. Raises `ConfigError`."""
        found = self.of_handlers.find(name, where, ("hooks",))
        check_call(found, where, "handler")
        hooks = self.hooks(found.besides.get("hooks"))
        for hook in hooks:
            if not any(overrides(hook.target, point) for point in OF_HANDLERS):
                where = found.besides["hooks"].where
                raise ConfigError(
                    where, f"hook {hook.name} has none of {', '.join(OF_HANDLERS)}: it belongs to a proxy"
                )
        return HandlerSettings(found.name, found.target, found.declared, found.given, hooks, places=found.places)


def check_call(found: Found, where: str, word: str) -> None:
    """Raises `ConfigError` for a class whose instances cannot be called."""
    if isinstance(found.target, type) and not any("__call__" in vars(base) for base in found.target.__mro__):
        raise ConfigError(where, f"{found.target.__name__} has no __call__, so it cannot be a {word}")


def own_names(sections: Iterable[Sections]) -> set[str]:
    """The names that all have themselves who are listed anywhere by a dotted path."""
    found = set()
    for options in (options for layer in sections for options in layer.values()):
        for key, registry in LISTS.items():
            for path in PATH.findall(options[key].text) if key in options else ():
                with suppress(ConfigError):
                    found.add(name_of(registry.find(path, ""), path))
                    found.add(path)
    return found
