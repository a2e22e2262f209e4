"""Toxics: JSON schemas of what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.control.openapi.build import TEXT, Schema, closed, said
from vaurien.control.openapi.option_schemas import given
from vaurien.settings import ToxicType
from vaurien.toxic_sections import TOXIC_OPTIONS

NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 100}


def toxic_schemas(types: Mapping[str, ToxicType]) -> dict[str, Schema]:
    """All of them, by name, for a daemon that has loaded these types."""
    kind: Schema = {"type": "string", "enum": sorted(types)}
    common = {key: given(TOXIC_OPTIONS[key]) for key in ("stream", "toxicity")}
    for schema in common.values():
        schema.pop("default", None)
    common["stream"]["type"] = "string"
    attributes = said({"type": "object"}, "What its type takes: see GET /v1/toxics")
    asked: dict[str, Any] = {"type": kind, **common, "attributes": attributes}
    return {
        "Toxic": closed({"name": TEXT, "type": kind, "attributes": attributes, "stream": STREAM, "toxicity": SHARE}),
        "NewToxic": closed({"name": NAME, **asked}, ("name", "stream", "toxicity", "attributes")),
        "ToxicChange": {"anyOf": [closed(asked, tuple(asked)), {"type": "null"}]},
    }


STREAM: Schema = {"type": "string", "description": "downstream is to the client, upstream to the backend"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1, "description": "Of the sessions it acts on"}
