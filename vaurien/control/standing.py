"""Standing: the settings of one proxy, with what holds for good and what only for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vaurien.control.fields import Fields, left_of, with_fields
from vaurien.control.temporary import Temporary
from vaurien.settings import ProxySettings


@dataclass(frozen=True)
class Standing:
    """`configured` is what the operator has written, or what a request has `created`; `base` is what holds for good;
    `temporary` is what lies over it, the oldest first. It never changes: what is asked for is another one, which
    replaces this when the daemon has taken it."""

    configured: ProxySettings
    base: ProxySettings
    temporary: tuple[Temporary, ...] = ()
    created: bool = False

    @classmethod
    def of(cls, settings: ProxySettings, created: bool = False) -> Standing:
        """That of a proxy of which nothing was changed yet."""
        return cls(settings, settings, created=created)

    @property
    def settings(self) -> ProxySettings:
        """What holds: of each field the youngest change."""
        settings = self.base
        for change in self.temporary:
            settings = with_fields(settings, change.fields)
        return settings

    def for_good(self, fields: Fields) -> Standing:
        """The same with `fields` set for good: what was to hold for a while does not come back over it."""
        return replace(self, base=with_fields(self.base, fields), temporary=_under(self.temporary, fields))

    def for_a_while(self, change: Temporary) -> Standing:
        """The same with one more change that goes back."""
        return replace(self, temporary=(*self.temporary, change))

    def find(self, number: int) -> Temporary | None:
        """The temporary change of that number, if it is still there."""
        return next((change for change in self.temporary if change.number == number), None)

    def without(self, over: Temporary) -> Standing:
        """The same when the time of a change is over."""
        return replace(self, temporary=tuple(change for change in self.temporary if change is not over))


def _under(changes: tuple[Temporary, ...], fields: Fields) -> tuple[Temporary, ...]:
    """What is left of changes when `fields` are set for good."""
    left = (replace(change, fields=left_of(change.fields, fields)) if change.fields else change for change in changes)
    return tuple(now for now, before in zip(left, changes, strict=True) if now.fields or not before.fields)
