"""Option schemas: JSON schemas of options, from their declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vaurien.options import Option, OptionValues
from vaurien.registry import Registry
from vaurien.settings import HandlerSettings, HookSettings, SessionHandlerSettings

Schema = dict[str, Any]
Some = HandlerSettings | SessionHandlerSettings | HookSettings
Loaded = Mapping[str, HandlerSettings] | Mapping[str, SessionHandlerSettings] | Mapping[str, HookSettings]
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


def by_name(loaded: Loaded, registry: Registry, of: Callable[[Option, Any], Schema]) -> Schema:
    """An object with an entry for each handler, session handler or hook, which has one for each of its options."""
    return {
        "type": "object",
        "properties": {name: _of_one(loaded[name], registry, of) for name in sorted(loaded)},
        "additionalProperties": False,
    }


def _of_one(each: Some, registry: Registry, of: Callable[[Option, Any], Schema]) -> Schema:
    configured = OptionValues(each.declared, each.given)
    return {
        "type": "object",
        "properties": {name: of(option, configured[name]) for name, option in each.declared.items()},
        # By a name of the operator's, two proxies may know two classes.
        "additionalProperties": registry.built_in.get(each.name) is not each.target,
    }
