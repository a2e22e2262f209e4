"""Given options: what a request sets of a handler, hook or toxic, checked against what that has declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.control.checks import converted
from vaurien.errors import ConfigError
from vaurien.registry import nearest
from vaurien.settings import HandlerSettings, HookSettings, SessionHandlerSettings, ToxicType

Some = HandlerSettings | SessionHandlerSettings | HookSettings | ToxicType


def by_name(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What a request says under ``handlers``, ``session_handlers`` or ``hook_options``. Raises `ConfigError` if that is
    no object."""
    given = body.get(key, {})
    if not isinstance(given, Mapping):
        word = key.removesuffix("_options").rstrip("s")
        raise ConfigError(key, f"expected an object of {word.replace('_', ' ')}s with their options")
    return given


def given_options(of: Some, options: Any, where: str) -> dict[str, Any]:
    """The options in their types. Raises `ConfigError` whose `where` begins with that of the whole."""
    if not isinstance(options, Mapping):
        raise ConfigError(where, "expected an object of options with their values")
    for name in options:
        if name not in of.declared:
            raise ConfigError(f"{where}.{name}", f"unknown option; {nearest(name, of.declared)}")
    unset = {name for name, value in options.items() if value is None and of.declared[name].default is None}
    return {
        name: None if name in unset else converted(f"{where}.{name}", of.declared[name].convert, value)
        for name, value in options.items()
    }
