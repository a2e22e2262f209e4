"""Temporary: changes that hold for a while, laid over those that hold for good."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vaurien.settings import HandlerSettings, ProxySettings

OPTIONS = "options"
"""A change of single options, beside the fields of a proxy's settings: it leaves the behavior as it is."""
OptionChanges = dict[str, tuple[HandlerSettings, dict[str, Any]]]
"""By handler: the handler where there is none yet, and the options that change."""


@dataclass(frozen=True)
class Temporary:
    """`fields` of a proxy's settings, by name, that hold `until` a moment of `time.monotonic()`; without fields, it is
    the proxy itself that is there until then. No other has the same `number`."""

    number: int
    until: float
    fields: Mapping[str, Any]

    def under(self, fields: Mapping[str, Any]) -> Temporary | None:
        """What is left of it when `fields` are changed for good; None if that is nothing."""
        if not self.fields:
            return self
        left = {name: value for name, value in self.fields.items() if name not in fields}
        if "behavior" in fields:
            left.pop(OPTIONS, None)
        if OPTIONS in fields and "handlers" in left:
            left["handlers"] = with_options(left["handlers"], fields[OPTIONS])
        return replace(self, fields=left) if left else None

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.until - time.monotonic())


def with_options(handlers: Mapping[str, HandlerSettings], changes: OptionChanges) -> dict[str, HandlerSettings]:
    """The handlers with single options changed."""
    changed = dict(handlers)
    for name, (blank, given) in changes.items():
        handler = changed.get(name, blank)
        changed[name] = replace(handler, given={**handler.given, **given})
    return changed


def with_fields(base: ProxySettings, fields: Mapping[str, Any]) -> ProxySettings:
    """The settings with a change made."""
    plain = {name: value for name, value in fields.items() if name != OPTIONS}
    changed = replace(base, **plain)
    if OPTIONS in fields:
        changed = replace(changed, handlers=with_options(changed.handlers, fields[OPTIONS]))
    return changed


def laid_over(base: ProxySettings, temporary: Iterable[Temporary]) -> ProxySettings:
    """What holds: of each field the youngest change."""
    for change in temporary:
        base = with_fields(base, change.fields)
    return base


def shown_fields(fields: Iterable[str]) -> list[str]:
    """The names of fields that people know."""
    return sorted({"handlers" if name == OPTIONS else name for name in fields if name != "places"})
