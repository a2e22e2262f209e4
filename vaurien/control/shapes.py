"""Shapes: what the native API says of proxies, sessions and handlers, as JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from vaurien import story
from vaurien.address import Address
from vaurien.control.fields import shown_fields
from vaurien.control.live import Live
from vaurien.errors import ConfigError
from vaurien.fitting import signs
from vaurien.options import Option, OptionValues
from vaurien.protocols.base import CHOICES
from vaurien.proxy import Proxy
from vaurien.session import Session
from vaurien.settings import (
    TCP,
    HandlerSettings,
    HookSettings,
    ProtocolType,
    ProxySettings,
    SessionHandlerSettings,
    ToxicSettings,
    ToxicType,
)


def plain(value: Any) -> Any:
    """An option's value as JSON has it: a list for a tuple, a text for what is of a type of its own."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    return str(value)


def proxy_shape(live: Live, name: str) -> dict[str, Any]:
    """Raises `UnknownProxy`."""
    settings = live.settings(name)
    proxy = live.daemon.proxies[name]
    return {
        "name": name,
        "local": str(settings.local),
        "listening": str(proxy.local) if proxy.door is not None else None,
        "distant": str(settings.distant),
        "enabled": settings.enabled,
        "protocol": settings.protocol_name,
        "command_metrics": settings.command_metrics,
        "timeout": settings.timeout,
        "max_sessions": settings.max_sessions,
        "tls": settings.tls.options,
        "tls_ca": _authority(live, settings),
        "caller_header": settings.caller_header,
        "max_active": settings.max_active,
        **_behavior(settings),
        "session_behavior": str(settings.session_behavior),
        "session_handlers": {name: _values(handler) for name, handler in sorted(settings.session_handlers.items())},
        "hooks": [hook.name for hook in settings.hooks],
        "hook_options": {name: _values(hook) for name, hook in sorted(settings.named_hooks.items())},
        "toxics": [toxic_shape(toxic) for toxic in settings.toxics],
        "sessions": len(proxy.sessions),
        "reverts": [
            {
                "fields": shown_fields(change.fields),
                "in": change.seconds_left,
                "hold": change.number if change.held else None,
            }
            for change in live.temporary(name)
        ],
    }


def _authority(live: Live, settings: ProxySettings) -> str | None:
    """The file to be trusted; None where there is none, or can be none: sessions fail then, and the log says why."""
    try:
        return live.daemon.shared.authority.path if signs(settings) else None
    except ConfigError:
        return None


def behavior_shape(live: Live, name: str) -> dict[str, Any]:
    """Raises `UnknownProxy`."""
    settings = live.settings(name)
    changes = [change for change in live.temporary(name) if "behavior" in change.fields]
    holds = [change.number for change in changes if change.held]
    return {
        **_behavior(settings),
        "reverts_in": changes[-1].seconds_left if changes else None,
        "hold": holds[-1] if holds else None,
    }


def _behavior(settings: ProxySettings) -> dict[str, Any]:
    shares = [{"handler": share.name, "percent": float(share.weight)} for share in settings.behavior.shares]
    rest = settings.behavior.rest()
    if rest:
        dummy = next((share for share in shares if share["handler"] == "dummy"), None)
        if dummy is None:
            shares.append({"handler": "dummy", "percent": float(rest)})
        else:
            dummy["percent"] = float(rest) + float(str(dummy["percent"]))
    return {
        "behavior": str(settings.behavior),
        "shares": shares,
        "handlers": {name: _values(handler) for name, handler in sorted(settings.handlers.items())},
    }


def toxic_shape(toxic: ToxicSettings) -> dict[str, Any]:
    return {
        "attributes": _values(toxic),
        "name": toxic.name,
        "type": toxic.type.name,
        "stream": toxic.stream,
        "toxicity": toxic.toxicity,
    }


def _values(of: HandlerSettings | SessionHandlerSettings | HookSettings | ToxicSettings) -> dict[str, Any]:
    return {name: plain(value) for name, value in OptionValues(of.declared, of.given).items()}


def session_shape(session: Session) -> dict[str, Any]:
    return {
        "ordinal": session.ordinal,
        "client": str(Address.of(session.client_address)),
        "age": round(time.monotonic() - session.started_at, 3),
        "bytes_to_backend": session.bytes(True),
        "bytes_to_client": session.bytes(False),
        "calls_to_backend": session.calls(True),
        "calls_to_client": session.calls(False),
        "calls": story.counts(session),
        "session_handler": session.session_handler,
    }


def counters_shape(proxy: Proxy) -> dict[str, Any]:
    counters, totals = proxy.counters, proxy.totals_now()
    calls = _both_ways(counters.calls)
    dummy = calls.setdefault("dummy", {"to_backend": 0, "to_client": 0})
    for way in ("to_backend", "to_client"):
        dummy[way] += totals[f"relayed_{way}"]
    return {
        "sessions_opened": counters.opened,
        "sessions_open": len(proxy.sessions),
        "sessions_ended": dict(sorted(counters.ended.items())),
        "session_handlers": dict(sorted(counters.session_handlers.items())),
        "connect_failures": counters.connect_failures,
        "errors": counters.errors,
        "bytes_to_backend": totals["bytes_to_backend"],
        "bytes_to_client": totals["bytes_to_client"],
        "calls": calls,
        "commands": _both_ways(counters.commands),
    }


def _both_ways(counts: Mapping[str, list[int]]) -> dict[str, dict[str, int]]:
    """What was counted of each name that had any."""
    return {
        name: {"to_backend": to_backend, "to_client": to_client}
        for name, (to_client, to_backend) in sorted(counts.items())
        if to_backend or to_client
    }


def loaded_shape(loaded: HandlerSettings | SessionHandlerSettings | HookSettings | ToxicType) -> dict[str, Any]:
    """What can be chosen, and what its options are."""
    values = {} if isinstance(loaded, ToxicType) else OptionValues(loaded.declared, loaded.given)
    options = {
        name: option._replace(default=values.get(name, option.default)) for name, option in loaded.declared.items()
    }
    return {
        "name": loaded.name,
        "summary": summary(loaded.target),
        "options": [option_shape(name, option) for name, option in options.items()],
    }


def option_shape(name: str, option: Option) -> dict[str, Any]:
    return {
        "name": name,
        "type": option.type_name(),
        "default": plain(option.default),
        "description": option.description,
        "minimum": option.minimum,
        "maximum": option.maximum,
        "choices": list(option.choices),
        "unit": option.unit,
    }


def protocol_shapes(protocols: Mapping[str, ProtocolType]) -> list[dict[str, Any]]:
    """All protocols, tcp too, with what `error` can choose from where nothing else is said."""
    tcp = {"name": TCP, "summary": "Nothing is cut: a call is a readable moment.", "errors": []}
    return [tcp, *(_protocol(protocol) for _, protocol in sorted(protocols.items()))]


def _protocol(protocol: ProtocolType) -> dict[str, Any]:
    return {
        "name": protocol.name,
        "summary": summary(protocol.target),
        "errors": [choice for key in CHOICES for choice in getattr(protocol.target, key)],
    }


def summary(target: Any) -> str:
    """The first line of a docstring."""
    return (getattr(target, "__doc__", None) or "").strip().partition("\n")[0]
