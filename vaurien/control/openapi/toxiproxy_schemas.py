"""Toxiproxy schemas: what its dialect takes and says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.control.openapi.build import COUNT, FLAG, TEXT, Schema, closed, lists, open_to, ref, said
from vaurien.control.openapi.requests import NAME
from vaurien.settings import ToxicType

ERROR = closed({"error": TEXT, "status": COUNT})
PASSED_OVER = "Keys may be in any case; others than these are passed over; null is the same as nothing"


def toxiproxy_schemas(types: Mapping[str, ToxicType]) -> dict[str, Schema]:
    """All of them, by name, for a daemon that has loaded these types."""
    return {**answers(), **requests(types)}


def answers() -> dict[str, Schema]:
    toxic: dict[str, Schema] = {
        "attributes": said({"type": "object"}, "All that its type has"),
        "name": TEXT,
        "type": TEXT,
        "stream": said(TEXT, "upstream or downstream, as it was written"),
        "toxicity": {"type": "number", "minimum": 0, "maximum": 1},
    }
    proxy: dict[str, Schema] = {
        "name": TEXT,
        "listen": said(TEXT, "Where it listens, with the real port; while it is disabled, what was asked for"),
        "upstream": TEXT,
        "enabled": FLAG,
        "toxics": lists("ToxiproxyToxic"),
    }
    no_proxies: Schema = {"type": ["array", "null"], "items": ref("ToxiproxyProxy")}
    return {
        "ToxiproxyVersion": closed({"version": TEXT}),
        "ToxiproxyProxy": closed(proxy),
        "ToxiproxyProxies": {"type": "object", "additionalProperties": ref("ToxiproxyProxy")},
        "ToxiproxyToxic": closed(toxic),
        "ToxiproxyToxics": lists("ToxiproxyToxic"),
        "ToxiproxyPopulated": closed({"proxies": no_proxies}),
        "ToxiproxyNotPopulated": closed(
            {"error": TEXT, "status": COUNT, "proxies": said(no_proxies, "Those that were made before the error")}
        ),
        "ToxiproxyPopulateFailed": {"anyOf": [ref("ToxiproxyNotPopulated"), ref("Error")]},
        "ToxiproxyError": {
            "type": "string",
            "description": "JSON, though it is called text",
            "contentMediaType": "application/json",
            "contentSchema": ERROR,
        },
    }


def requests(types: Mapping[str, ToxicType]) -> dict[str, Schema]:
    toxic: dict[str, Any] = {
        "toxicity": {"type": "number", "minimum": 0, "maximum": 1},
        "attributes": said({"type": "object"}, "Its type's own: see GET /v1/toxics. Others are passed over"),
    }
    new_toxic = {
        "name": said(NAME, "TYPE_STREAM, if it is not given"),
        "type": {"type": "string", "enum": sorted(types)},
        "stream": said(TEXT, "upstream, or downstream, which it is if it is not given; in any case"),
        **toxic,
    }
    proxy: dict[str, Schema] = {
        "listen": said(TEXT, "HOST:PORT or :PORT; nothing is any free port"),
        "upstream": ref("Address"),
        "enabled": FLAG,
        "toxics": lists("ToxiproxyNewToxic"),
    }
    change = {key: schema for key, schema in proxy.items() if key != "toxics"}
    return {
        "ToxiproxyNewProxy": open_to({"name": NAME, **proxy}, ("listen", "enabled", "toxics"), description=PASSED_OVER),
        "ToxiproxyNewProxies": lists("ToxiproxyNewProxy"),
        "ToxiproxyProxyChange": open_to(change, tuple(change), description=PASSED_OVER),
        "ToxiproxyNewToxic": open_to(new_toxic, ("name", "stream", "toxicity", "attributes"), description=PASSED_OVER),
        "ToxiproxyToxicChange": open_to(toxic, tuple(toxic), description=PASSED_OVER),
    }
