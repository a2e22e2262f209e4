"""Wanted: what a request asks of a proxy, checked, as fields of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from vaurien.behavior import Behavior
from vaurien.config import PROXY_OPTIONS, check_distant
from vaurien.control.checks import check_keys, converted
from vaurien.control.duration import duration
from vaurien.control.fields import OPTIONS, OptionChanges
from vaurien.control.wanted_toxics import wanted_toxics
from vaurien.errors import ConfigError
from vaurien.options import words
from vaurien.registry import nearest
from vaurien.settings import HandlerSettings, HookSettings, ProxySettings, ToxicType

PLAIN = ("local", "distant", "enabled", "timeout", "max_sessions")
"""What is set as it is."""
KEYS = (*PLAIN, "hooks", "toxics", "behavior", "handlers", "for")
"""All that a change can have."""
LONGEST = 10_000
"""So many characters a behavior may have."""
_MADE = count(1)


@dataclass(frozen=True)
class Loaded:
    """What can be chosen: all that is built in, or that the operator has loaded."""

    handlers: Mapping[str, HandlerSettings]
    hooks: Mapping[str, HookSettings]
    toxics: Mapping[str, ToxicType]


class Wanted:
    """The `fields` of `ProxySettings` that a request changes, and for how many `seconds`; None is for good."""

    def __init__(self, body: Mapping[str, Any], now: ProxySettings, configured: ProxySettings, loaded: Loaded) -> None:
        """`now` is what holds, `configured` what the operator has written. Raises `ConfigError` for the first thing
        that is wrong; its `where` is the path in the body."""
        self.now = now
        self.configured = configured
        self.loaded = loaded
        check_keys(body, KEYS)
        self.seconds: float | None = converted("for", duration, body["for"]) if "for" in body else None
        for end in ("local", "distant"):
            if end in body and not isinstance(body[end], str):
                raise ConfigError(end, f"expected {PROXY_OPTIONS[end].allowed()}, not {body[end]!r}")
        self.fields: dict[str, Any] = {
            key: converted(key, PROXY_OPTIONS[key].convert, body[key]) for key in PLAIN if key in body
        }
        if "distant" in self.fields:
            check_distant(self.fields["distant"], "distant", str(body["distant"]))
        if "local" in body:
            self.fields["places"] = {**now.places, "local": "local"}
        if "hooks" in body:
            self.fields["hooks"] = self._hooks(body["hooks"])
        if "toxics" in body:
            self.fields.update(wanted_toxics(body["toxics"], now.toxics, loaded.toxics))
        if "behavior" in body or "handlers" in body:
            self._handlers(body)
        if "for" in body and not self.fields:
            raise ConfigError("for", f"there is nothing that could go back; choose from {', '.join(KEYS[:-1])}")

    def _hooks(self, value: Any) -> tuple[HookSettings, ...]:
        names = converted("hooks", words, value if isinstance(value, str | list) else [value])
        configured = {hook.name: hook for hook in self.configured.hooks}
        known = {**self.loaded.hooks, **configured}
        for name in names:
            if name not in known:
                raise ConfigError("hooks", f"there is no hook {name!r} here; {nearest(name, known)}")
        return tuple(known[name] for name in dict.fromkeys(names))

    def _handlers(self, body: Mapping[str, Any]) -> None:
        given = body.get("handlers", {})
        if not isinstance(given, Mapping):
            raise ConfigError("handlers", "expected an object of handlers with their options")
        if "behavior" in body:
            behavior = self._behavior(body["behavior"])
            names = dict.fromkeys((*self.configured.handlers, *(share.name for share in behavior.shares), *given))
            made = next(_MADE)
            handlers = {name: replace(self._configured(name, f"handlers.{name}"), made=made) for name in names}
            for name, options in given.items():
                handlers[name] = replace(
                    handlers[name], given={**handlers[name].given, **_options(handlers[name], options)}
                )
            self.fields.update(behavior=behavior, handlers=handlers)
            return
        changed: OptionChanges = {}
        for name, options in given.items():
            handler = self.now.handlers.get(name) or self._configured(name, f"handlers.{name}")
            changed[name] = handler, _options(handler, options)
        self.fields[OPTIONS] = changed

    def _behavior(self, text: Any) -> Behavior:
        if not isinstance(text, str):
            raise ConfigError("behavior", f"expected a text such as 20:delay,5:error, not {text!r}")
        if len(text) > LONGEST:
            raise ConfigError("behavior", f"a text of {len(text)} characters is too long: it has {LONGEST} at most")
        known = {**self.loaded.handlers, **self.configured.handlers}
        behavior: Behavior = converted("behavior", lambda text: Behavior.parse(text, sorted(known)), text)
        for share in behavior.shares:
            self._configured(share.name, "behavior")
        return Behavior() if str(behavior) == str(Behavior()) else behavior

    def _configured(self, name: str, where: str) -> HandlerSettings:
        handler = self.configured.handlers.get(name) or self.loaded.handlers.get(name)
        if handler is None:
            known = {**self.loaded.handlers, **self.configured.handlers}
            raise ConfigError(where, f"there is no handler {name!r} here; {nearest(name, known)}")
        return handler


def _options(handler: HandlerSettings, options: Any) -> dict[str, Any]:
    where = f"handlers.{handler.name}"
    if not isinstance(options, Mapping):
        raise ConfigError(where, "expected an object of options with their values")
    for name in options:
        if name not in handler.declared:
            raise ConfigError(f"{where}.{name}", f"unknown option; {nearest(name, handler.declared)}")
    unset = {name for name, value in options.items() if value is None and handler.declared[name].default is None}
    return {
        name: None if name in unset else converted(f"{where}.{name}", handler.declared[name].convert, value)
        for name, value in options.items()
    }
