"""Option schemas: JSON schemas of options, from their declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vaurien.handlers import HANDLERS
from vaurien.options import Option, OptionValues
from vaurien.settings import HandlerSettings

Schema = dict[str, Any]
TYPES: dict[Callable[[Any], Any], str] = {int: "integer", float: "number", bool: "boolean", str: "string"}
PLAIN = (bool, int, float, str)


def given(option: Option, default: Any = None) -> Schema:
    """What a request may set the option to. `default` is what holds where it does not, if not the declared one."""
    schema: Schema = {"description": f"{option.description}: {option.allowed()}"}
    if option.type in TYPES:
        schema["type"] = TYPES[option.type]
    if option.choices:
        schema["enum"] = list(option.choices)
    for keyword, limit in (("minimum", option.minimum), ("maximum", option.maximum)):
        if limit is not None:
            schema[keyword] = limit
    default = option.default if default is None else default
    if isinstance(default, PLAIN):
        schema["default"] = default
    if option.unit:
        schema["x-unit"] = option.unit
    return schema


def holding(option: Option, default: Any = None) -> Schema:
    """What an answer may say that the option is. It may be null where that is declared as the default."""
    schema = given(option)
    schema.pop("default", None)
    if option.default is None and "type" in schema:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"].append(None)
    return schema


def of_handlers(handlers: Mapping[str, HandlerSettings], of: Callable[[Option, Any], Schema]) -> Schema:
    """An object with an entry for each handler, which has one for each of its options."""
    return {
        "type": "object",
        "properties": {name: _of_handler(handler, of) for name, handler in sorted(handlers.items())},
        "additionalProperties": False,
    }


def _of_handler(handler: HandlerSettings, of: Callable[[Option, Any], Schema]) -> Schema:
    configured = OptionValues(handler.declared, handler.given)
    return {
        "type": "object",
        "properties": {name: of(option, configured[name]) for name, option in handler.declared.items()},
        # By a name of the operator's, two proxies may know two handlers.
        "additionalProperties": HANDLERS.built_in.get(handler.name) is not handler.target,
    }
