"""Requests: JSON schemas of what the control API takes."""

from __future__ import annotations

from vaurien.config import PROXY_OPTIONS
from vaurien.control.duration import FORM
from vaurien.control.live import HOLD
from vaurien.control.openapi.build import FLAG, Schema, closed, lists, open_to, ref, said, texts
from vaurien.control.openapi.option_schemas import given
from vaurien.control.wanted import Loaded
from vaurien.events import TYPES
from vaurien.session_behavior import SessionBehavior

NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[^/]+$"}

TEXTS: dict[str, Schema] = {
    "Address": {
        "type": "string",
        "description": "HOST:PORT, [IPV6]:PORT or unix:/PATH",
        "examples": ["localhost:8001", "[::1]:8001", "unix:/run/backend.sock"],
    },
    "BehaviorText": {
        "type": "string",
        "description": "The share of each handler in percent",
        "examples": ["20:delay,5:error", "100:dummy"],
    },
    "SessionBehaviorText": {
        "type": "string",
        "description": "The share of each session handler in percent; empty for none",
        "examples": [SessionBehavior.example, ""],
    },
    "Duration": {
        "description": "A time such as 30s, 1.5m, 2h, or a number of seconds",
        "anyOf": [
            {"type": "string", "pattern": f"^{FORM.pattern}$"},
            {"type": "number", "exclusiveMinimum": 0, "maximum": 1e8},
        ],
        "examples": ["30s", 30],
    },
    "EventType": {"type": "string", "enum": list(TYPES)},
}


def limited(key: str) -> Schema:
    """What a proxy's option takes, from its declaration; without a default: what is not given stays."""
    schema = given(PROXY_OPTIONS[key])
    schema.pop("default", None)
    return schema


def requests(loaded: Loaded) -> dict[str, Schema]:
    """The bodies of requests, for a daemon that has loaded this."""
    handlers = said(ref("HandlerOptions"), "Options, by handler")
    change: dict[str, Schema] = {
        "local": ref("Address"),
        "distant": ref("Address"),
        "enabled": FLAG,
        "command_metrics": FLAG,
        "timeout": limited("timeout"),
        "max_sessions": limited("max_sessions"),
        "hooks": {**texts("The names of its hooks"), "items": ref("HookName")},
        "hook_options": said(ref("HookOptions"), "Options, by hook"),
        "protocol": {"type": "string", "enum": ["tcp", *sorted(loaded.protocols)]},
        "toxics": {
            "description": "All toxics; or, as an object, those that change, by name: null takes one away",
            "anyOf": [lists("NewToxic"), {"type": "object", "additionalProperties": ref("ToxicChange")}],
        },
        "behavior": ref("BehaviorText"),
        "handlers": handlers,
        "session_behavior": ref("SessionBehaviorText"),
        "session_handlers": said(ref("SessionHandlerOptions"), "Options, by session handler"),
        "for": said(ref("Duration"), "All of this goes back after so long, unless it was changed again meanwhile"),
    }
    behavior = {
        **{name: change[name] for name in ("behavior", "handlers", "for")},
        "hold": given(HOLD),
    }
    classic_choice = open_to(
        {"name": {"type": "string", "description": "A handler, or weights such as 20:delay,5:error"}},
        description="A name, and options for it; where it names several handlers, options are called delay.sleep",
        additionalProperties=True,
    )
    return {
        **TEXTS,
        "HookName": {"type": "string", "enum": sorted(loaded.hooks)},
        "NewProxy": closed({"name": NAME, **change}, tuple(name for name in change if name != "distant")),
        "ProxyChange": closed(change, tuple(change)),
        "NewBehavior": closed(behavior, ("handlers", "for", "hold")),
        "ClassicChoice": classic_choice,
        "ClassicBackend": closed({"backend": ref("Address")}),
    }
