"""Standing: the settings of one proxy, with what holds for good and what only for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vaurien.control.fields import OF_BEHAVIOR, Fields, left_of, replaced, with_fields
from vaurien.control.temporary import Temporary
from vaurien.errors import ConfigError
from vaurien.settings import ProxySettings

MOST = 1000
"""So many changes of a proxy may wait to be taken back (chosen arbitrarily): each is gone through at every change."""


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
        """The same with `fields` set for good: what was to hold for a while does not come back over it.

        As long as a behavior is held, one that is set for good takes its place, and ends with it: who holds it finds
        what was before.
        """
        held = next((place for place, change in enumerate(reversed(self.temporary), 1) if change.held), 0)
        below, above = self.temporary[: len(self.temporary) - held], self.temporary[len(self.temporary) - held :]
        if not held:
            return replace(self, base=with_fields(self.base, fields), temporary=_under(self.temporary, fields))
        others = {name: value for name, value in fields.items() if name not in OF_BEHAVIOR}
        hold = replace(above[0], fields=replaced(above[0].fields, fields))
        temporary = (*_under(below, others), hold, *_under(above[1:], fields))
        return replace(self, base=with_fields(self.base, others), temporary=temporary)

    def for_a_while(self, change: Temporary) -> Standing:
        """The same with one more change that is to be taken back. Raises `ConfigError` if there are too many."""
        if len(self.temporary) >= MOST:
            where = "hold" if change.held else "for"
            raise ConfigError(where, f"{MOST} changes of this proxy are to be taken back already: there can be no more")
        return replace(self, temporary=(*self.temporary, change))

    def find(self, number: int) -> Temporary | None:
        """The temporary change of that number, if it is still there."""
        return next((change for change in self.temporary if change.number == number), None)

    def without(self, over: Temporary) -> Standing:
        """The same when a temporary change is over. With one that was held goes what was set while it was, but for
        what others hold."""
        place = self.temporary.index(over)
        below, above = self.temporary[:place], self.temporary[place + 1 :]
        if over.held:
            end = next((place for place, change in enumerate(above) if change.held), len(above))
            above = (*_under(above[:end], over.fields), *above[end:])
        return replace(self, temporary=(*below, *above))


def _under(changes: tuple[Temporary, ...], fields: Fields) -> tuple[Temporary, ...]:
    """What is left of changes when `fields` are set for good."""
    left = (replace(change, fields=left_of(change.fields, fields)) if change.fields else change for change in changes)
    return tuple(now for now, before in zip(left, changes, strict=True) if now.fields or not before.fields)
