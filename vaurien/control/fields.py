"""Fields: a change of a proxy, as the fields of its settings that become others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vaurien.settings import HandlerSettings, ProxySettings, ToxicSettings

Fields = Mapping[str, Any]
"""Values by the names of fields of `ProxySettings`, and perhaps `OPTIONS` and some that begin with `TOXIC`."""
TOXIC = "toxic:"
"""Begins the name of a change of one toxic, which leaves the others as they are: its settings, None where it goes."""
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


def with_toxics(toxics: tuple[ToxicSettings, ...], fields: Fields) -> tuple[ToxicSettings, ...]:
    """The toxics with those changes made that are of single ones; a new one is the last."""
    changed: dict[str, ToxicSettings | None] = {toxic.name: toxic for toxic in toxics}
    changed.update({name.removeprefix(TOXIC): value for name, value in fields.items() if name.startswith(TOXIC)})
    return tuple(toxic for toxic in changed.values() if toxic is not None)


def with_fields(base: ProxySettings, fields: Fields) -> ProxySettings:
    """The settings with a change made."""
    plain = {name: value for name, value in fields.items() if name != OPTIONS and not name.startswith(TOXIC)}
    changed = replace(base, **plain)
    if len(plain) < len(fields):
        changed = replace(changed, toxics=with_toxics(changed.toxics, fields))
    if OPTIONS in fields:
        changed = replace(changed, handlers=with_options(changed.handlers, fields[OPTIONS]))
    return changed


def left_of(fields: Fields, others: Fields) -> Fields:
    """What is left of a change that holds for a while when `others` are set for good."""
    left = {name: value for name, value in fields.items() if name not in others}
    if "behavior" in others:
        left.pop(OPTIONS, None)
    if "toxics" in others:
        left = {name: value for name, value in left.items() if not name.startswith(TOXIC)}
    if "toxics" in left:
        left["toxics"] = with_toxics(left["toxics"], others)
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
    names = ("toxics" if name.startswith(TOXIC) else name for name in fields if name != "places")
    return sorted({"handlers" if name == OPTIONS else name for name in names})
