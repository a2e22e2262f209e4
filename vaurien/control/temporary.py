"""Temporary: changes that hold for a while, laid over those that hold for good."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vaurien.settings import ProxySettings


@dataclass(frozen=True)
class Temporary:
    """`fields` of a proxy's settings, by name, that hold `until` a moment of `time.monotonic()`; without fields, it is
    the proxy itself that is there until then. No other has the same `number`."""

    number: int
    until: float
    fields: Mapping[str, Any]

    def without(self, fields: Iterable[str]) -> Temporary | None:
        """What is left of it when `fields` are changed for good; None if that is nothing."""
        if not self.fields:
            return self
        left = {name: value for name, value in self.fields.items() if name not in set(fields)}
        return replace(self, fields=left) if left else None

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.until - time.monotonic())


def laid_over(base: ProxySettings, temporary: Iterable[Temporary]) -> ProxySettings:
    """What holds: of each field the youngest change."""
    for change in temporary:
        base = replace(base, **change.fields)
    return base


def shown_fields(fields: Iterable[str]) -> list[str]:
    """The names of fields that people know."""
    return sorted(name for name in fields if name != "places")
