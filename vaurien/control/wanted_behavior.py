"""Wanted behavior: whom a request chooses for calls, or for sessions, checked, as fields of a proxy's settings."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from vaurien.aim import at_character, check_sum, is_script, named_by
from vaurien.behavior import Behavior
from vaurien.belonging import check_name
from vaurien.control.checks import converted
from vaurien.control.fields import OPTIONS, SESSION_OPTIONS, OptionChanges
from vaurien.control.given_options import by_name, given_options
from vaurien.errors import ConfigError
from vaurien.handlers import HANDLERS
from vaurien.registry import Registry, nearest
from vaurien.session_behavior import SessionBehavior
from vaurien.session_handlers import SESSION_HANDLERS
from vaurien.settings import HandlerSettings, SessionHandlerSettings

LONGEST = 10_000
"""So many characters a behavior may have."""
_MADE = count(1)

Handlers = Mapping[str, HandlerSettings] | Mapping[str, SessionHandlerSettings]


@dataclass(frozen=True)
class Kind:
    """The names under which a body speaks of one kind: of the `behavior`, and of the options of its `handlers`.
    `options` is the field of a change of single options, `parsed` the class of the behavior."""

    behavior: str
    handlers: str
    options: str
    parsed: type[Behavior]
    registry: Registry


OF_CALLS = Kind("behavior", "handlers", OPTIONS, Behavior, HANDLERS)
OF_SESSIONS = Kind("session_behavior", "session_handlers", SESSION_OPTIONS, SessionBehavior, SESSION_HANDLERS)


class WantedBehavior:
    """What a request asks of the handlers of one kind."""

    def __init__(self, kind: Kind, now: Handlers, configured: Handlers, loaded: Handlers) -> None:
        """`now` are the handlers that the proxy has, `configured` those that the operator has written for it, `loaded`
        all that there are."""
        self.kind = kind
        self.now = now
        self.configured = configured
        self.known: dict[str, Any] = {**loaded, **configured}

    def fields(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that change: none if the body says nothing of it. A behavior is set with all options: those that
        are not given are as the operator has written them. Raises `ConfigError` whose `where` is the path in the
        body."""
        kind = self.kind
        given = by_name(body, kind.handlers)
        if kind.behavior in body:
            behavior = self._behavior(body[kind.behavior])
            names = dict.fromkeys((*self.configured, *behavior.names, *given))
            made = next(_MADE)
            handlers = {name: replace(self._configured(name, self._place(name)), made=made) for name in names}
            for name, options in given.items():
                added = given_options(handlers[name], options, self._place(name))
                handlers[name] = replace(handlers[name], given={**handlers[name].given, **added})
            self._add_scripted(handlers, made)
            check_sum(behavior, handlers, kind.behavior, sorted({**self.known, **handlers}))
            return {kind.behavior: behavior, kind.handlers: handlers}
        if kind.handlers not in body:
            return {}
        changed: OptionChanges = {}
        for name, options in given.items():
            handler = self.now.get(name) or self._configured(name, self._place(name))
            added = given_options(handler, options, self._place(name))
            changed[name] = handler, added
            script = replace(handler, given={**handler.given, **added})
            for other, found in self._scripted(script, self.now).items():
                changed.setdefault(other, (found, {}))
        return {kind.options: changed}

    def _add_scripted(self, handlers: dict[str, Any], made: int) -> None:
        """Adds those that are named by scripts alone."""
        for script in list(handlers.values()):
            for name, found in self._scripted(script, handlers).items():
                handlers[name] = replace(found, made=made)

    def _scripted(self, script: Any, there: Container[str]) -> dict[str, Any]:
        """Those that a script names and that are not `there` yet."""
        found = {}
        for name, place in named_by(script).items():
            if name not in there:
                with at_character(place):
                    found[name] = self._configured(name, f"{self._place(script.name)}.script")
        return found

    def _place(self, name: str) -> str:
        return f"{self.kind.handlers}.{name}"

    def _behavior(self, text: Any) -> Behavior:
        key, parsed = self.kind.behavior, self.kind.parsed
        if not isinstance(text, str):
            raise ConfigError(key, f"expected a text such as {parsed.example}, not {text!r}")
        if len(text) > LONGEST:
            raise ConfigError(key, f"a text of {len(text)} characters is too long: it has {LONGEST} at most")
        scripts = {name for name, handler in self.known.items() if is_script(handler.target)}
        behavior: Behavior = converted(key, lambda text: parsed.parse(text, sorted(self.known), scripts), text)
        for name in behavior.names:
            self._configured(name, key)
        return parsed() if str(behavior) == str(parsed()) else behavior

    def _configured(self, name: str, where: str) -> Any:
        if name not in self.known:
            check_name(self.kind.registry, name, where, self.known)
            word = self.kind.parsed.kind
            raise ConfigError(where, f"there is no {word} {name!r} here; {nearest(name, self.known)}")
        return self.known[name]
