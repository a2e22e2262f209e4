"""Wanted: what a request asks of a proxy, checked, as fields of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vaurien.config import PROXY_OPTIONS, check_distant
from vaurien.control.checks import check_keys, converted
from vaurien.control.duration import duration
from vaurien.control.fields import HOOK_OPTIONS
from vaurien.control.wanted_behavior import OF_CALLS, OF_SESSIONS, WantedBehavior
from vaurien.control.wanted_hooks import wanted_hooks
from vaurien.control.wanted_toxics import wanted_toxics
from vaurien.errors import ConfigError
from vaurien.registry import nearest
from vaurien.settings import (
    TCP,
    DaemonSettings,
    HandlerSettings,
    HookSettings,
    ProtocolType,
    ProxySettings,
    SessionHandlerSettings,
    ToxicType,
)

PLAIN = ("local", "distant", "enabled", "timeout", "max_sessions", "command_metrics", "caller_header", "max_active")
"""What is set as it is."""
CHOSEN = ("behavior", "handlers", "session_behavior", "session_handlers")
"""Who acts, and with which options."""
KEYS = (*PLAIN, "hooks", HOOK_OPTIONS, "toxics", "protocol", *CHOSEN, "for")
"""All that a change can have."""


@dataclass(frozen=True)
class Loaded:
    """What can be chosen: all that is built in, or that the operator has loaded."""

    handlers: Mapping[str, HandlerSettings]
    session_handlers: Mapping[str, SessionHandlerSettings]
    hooks: Mapping[str, HookSettings]
    toxics: Mapping[str, ToxicType]
    protocols: Mapping[str, ProtocolType]

    @classmethod
    def of(cls, settings: DaemonSettings) -> Loaded:
        """What a daemon with these settings has."""
        return cls(settings.handlers, settings.session_handlers, settings.hooks, settings.toxics, settings.protocols)


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
        places = {key: key for key in ("caller_header", "distant") if key in body}
        if "local" in body or "enabled" in body:
            places["local"] = "local" if "local" in body else "enabled"  # where it is to listen, and cannot
        if places:
            self.fields["places"] = {**now.places, **places}
        if "hooks" in body or HOOK_OPTIONS in body:
            self.fields.update(wanted_hooks(body, now, configured, loaded.hooks))
        if "protocol" in body:
            self.fields["protocol"] = self._protocol(body["protocol"])
        if "toxics" in body:
            self.fields.update(wanted_toxics(body["toxics"], now.toxics, loaded.toxics))
        for wanted in (
            WantedBehavior(OF_CALLS, now.handlers, configured.handlers, loaded.handlers),
            WantedBehavior(OF_SESSIONS, now.session_handlers, configured.session_handlers, loaded.session_handlers),
        ):
            self.fields.update(wanted.fields(body))
        if "for" in body and not self.fields:
            raise ConfigError("for", f"there is nothing that could go back; choose from {', '.join(KEYS[:-1])}")

    def _protocol(self, name: Any) -> ProtocolType | None:
        known = (TCP, *self.loaded.protocols)
        if not isinstance(name, str) or name not in known:
            raise ConfigError("protocol", f"there is no protocol {name!r} here; {nearest(str(name), known)}")
        return self.loaded.protocols.get(name)
