"""Fields: a change of a proxy, as the fields of its settings that become others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vaurien.settings import HandlerSettings, ProxySettings

Fields = Mapping[str, Any]
"""Values by the names of fields of `ProxySettings`, and perhaps `OPTIONS`."""
OPTIONS = "options"
"""A change of single options, beside the fields of a proxy's settings: it leaves the behavior as it is."""
OptionChanges = dict[str, tuple[HandlerSettings, dict[str, Any]]]
"""By handler: the handler where there is none yet, and the options that change."""


OF_BEHAVIOR = ("behavior", "handlers", OPTIONS)
"""What a behavior consists of."""


def with_options(handlers: Mapping[str, HandlerSettings], changes: OptionChanges) -> dict[str, HandlerSettings]:
    """The handlers with single options changed."""
    changed = dict(handlers)
    for name, (blank, given) in changes.items():
        handler = changed.get(name, blank)
        changed[name] = replace(handler, given={**handler.given, **given})
    return changed


def with_fields(base: ProxySettings, fields: Fields) -> ProxySettings:
    """The settings with a change made."""
    plain = {name: value for name, value in fields.items() if name != OPTIONS}
    changed = replace(base, **plain)
    if OPTIONS in fields:
        changed = replace(changed, handlers=with_options(changed.handlers, fields[OPTIONS]))
    return changed


def left_of(fields: Fields, others: Fields) -> Fields:
    """What is left of a change that holds for a while when `others` are set for good."""
    left = {name: value for name, value in fields.items() if name not in others}
    if "behavior" in others:
        left.pop(OPTIONS, None)
    if OPTIONS in others and "handlers" in left:
        left["handlers"] = with_options(left["handlers"], others[OPTIONS])
    return left


def replaced(held: Fields, fields: Fields) -> Fields:
    """A behavior that is held, when `fields` are set meanwhile."""
    if OPTIONS in fields:
        return {**held, "handlers": with_options(held["handlers"], fields[OPTIONS])}
    return {**held, **{name: value for name, value in fields.items() if name in OF_BEHAVIOR}}


def shown_fields(fields: Iterable[str]) -> list[str]:
    """The names of fields that people know."""
    return sorted({"handlers" if name == OPTIONS else name for name in fields if name != "places"})
