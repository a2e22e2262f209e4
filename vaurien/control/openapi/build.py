"""Build: short ways to write JSON schemas."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SECONDS: Schema = {"type": "number", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
COUNTS: Schema = {"type": "object", "additionalProperties": COUNT}


def ref(name: str) -> Schema:
    """The schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def said(schema: Schema, description: str) -> Schema:
    """The same, with a description."""
    return {**schema, "description": description}


def texts(description: str = "") -> Schema:
    """A list of texts."""
    return {"type": "array", "items": TEXT, **({"description": description} if description else {})}


def lists(name: str) -> Schema:
    """A list of what has the schema `name`."""
    return {"type": "array", "items": ref(name)}


def closed(fields: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """An object with these fields and no others, all but the `optional` ones required."""
    required = [name for name in fields if name not in optional]
    schema: Schema = {"type": "object", "properties": fields, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def open_to(fields: dict[str, Schema], optional: tuple[str, ...] = (), **others: Any) -> Schema:
    """An object with these fields, and perhaps others."""
    schema = closed(fields, optional)
    del schema["additionalProperties"]
    return {**schema, **others}


def nullable(type: str, **keywords: Any) -> Schema:
    """A value of a type, or null."""
    return {"type": [type, "null"], **keywords}
