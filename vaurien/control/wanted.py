"""Wanted: what a request asks of a proxy, checked, as fields of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from vaurien.aim import check_sum, is_script, named_by
from vaurien.behavior import Behavior
from vaurien.config import PROXY_OPTIONS, check_distant
from vaurien.control.checks import check_keys, converted
from vaurien.control.duration import duration
from vaurien.control.fields import HOOK_OPTIONS, OPTIONS, OptionChanges
from vaurien.control.given_options import by_name, given_options
from vaurien.control.wanted_hooks import wanted_hooks
from vaurien.control.wanted_toxics import wanted_toxics
from vaurien.errors import ConfigError
from vaurien.registry import nearest
from vaurien.settings import TCP, DaemonSettings, HandlerSettings, HookSettings, ProtocolType, ProxySettings, ToxicType

PLAIN = ("local", "distant", "enabled", "timeout", "max_sessions", "command_metrics", "caller_header", "max_active")
"""What is set as it is."""
KEYS = (*PLAIN, "hooks", HOOK_OPTIONS, "toxics", "protocol", "behavior", "handlers", "for")
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
    protocols: Mapping[str, ProtocolType]

    @classmethod
    def of(cls, settings: DaemonSettings) -> Loaded:
        """What a daemon with these settings has."""
        return cls(settings.handlers, settings.hooks, settings.toxics, settings.protocols)


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
        places = {"local": key for key in ("enabled", "local") if key in body}  # where it is to listen, and cannot
        places |= {key: key for key in ("caller_header",) if key in body}
        if places:
            self.fields["places"] = {**now.places, **places}
        if "hooks" in body or HOOK_OPTIONS in body:
            self.fields.update(wanted_hooks(body, now, configured, loaded.hooks))
        if "protocol" in body:
            self.fields["protocol"] = self._protocol(body["protocol"])
        if "toxics" in body:
            self.fields.update(wanted_toxics(body["toxics"], now.toxics, loaded.toxics))
        if "behavior" in body or "handlers" in body:
            self._handlers(body)
        if "for" in body and not self.fields:
            raise ConfigError("for", f"there is nothing that could go back; choose from {', '.join(KEYS[:-1])}")

    def _protocol(self, name: Any) -> ProtocolType | None:
        known = (TCP, *self.loaded.protocols)
        if not isinstance(name, str) or name not in known:
            raise ConfigError("protocol", f"there is no protocol {name!r} here; {nearest(str(name), known)}")
        return self.loaded.protocols.get(name)

    def _handlers(self, body: Mapping[str, Any]) -> None:
        given = by_name(body, "handlers")
        if "behavior" in body:
            behavior = self._behavior(body["behavior"])
            names = dict.fromkeys((*self.configured.handlers, *behavior.names, *given))
            made = next(_MADE)
            handlers = {name: replace(self._configured(name, f"handlers.{name}"), made=made) for name in names}
            for name, options in given.items():
                added = given_options(handlers[name], options, f"handlers.{name}")
                handlers[name] = replace(handlers[name], given={**handlers[name].given, **added})
            for script in list(handlers.values()):
                for name in named_by(script):
                    where = f"handlers.{script.name}.script"
                    handlers[name] = handlers.get(name) or replace(self._configured(name, where), made=made)
            check_sum(behavior, handlers, "behavior", sorted({**self.loaded.handlers, **handlers}))
            self.fields.update(behavior=behavior, handlers=handlers)
            return
        changed: OptionChanges = {}
        for name, options in given.items():
            handler = self.now.handlers.get(name) or self._configured(name, f"handlers.{name}")
            changed[name] = handler, given_options(handler, options, f"handlers.{name}")
        self.fields[OPTIONS] = changed

    def _behavior(self, text: Any) -> Behavior:
        if not isinstance(text, str):
            raise ConfigError("behavior", f"expected a text such as 20:delay,5:error, not {text!r}")
        if len(text) > LONGEST:
            raise ConfigError("behavior", f"a text of {len(text)} characters is too long: it has {LONGEST} at most")
        known = {**self.loaded.handlers, **self.configured.handlers}
        scripts = {name for name, handler in known.items() if is_script(handler.target)}
        behavior: Behavior = converted("behavior", lambda text: Behavior.parse(text, sorted(known), scripts), text)
        for name in behavior.names:
            self._configured(name, "behavior")
        return Behavior() if str(behavior) == str(Behavior()) else behavior

    def _configured(self, name: str, where: str) -> HandlerSettings:
        handler = self.configured.handlers.get(name) or self.loaded.handlers.get(name)
        if handler is None:
            known = {**self.loaded.handlers, **self.configured.handlers}
            raise ConfigError(where, f"there is no handler {name!r} here; {nearest(name, known)}")
        return handler
