"""News: that proxies have changed, told as events and by their versions."""

from __future__ import annotations

import dataclasses
import secrets
from typing import Any

from vaurien.control.refusals import Outdated
from vaurien.events import Events
from vaurien.settings import ProxySettings


class News:
    """Each change of a proxy gives it a version that no proxy of this daemon has ever had."""

    def __init__(self, events: Events) -> None:
        self.events = events
        self._origin = secrets.token_hex(4)
        self._changes = 0
        self._versions: dict[str, int] = {}

    def etag(self, name: str) -> str:
        """The version of a proxy, as HTTP has it."""
        return f'"{self._origin}-{self._versions.get(name, 0)}"'

    def check(self, name: str, expected: str | None) -> None:
        """Raises `Outdated` if the version of a proxy is none of those that an ``If-Match`` has."""
        etag = self.etag(name)
        if expected is not None and expected.strip() != "*" and etag not in map(str.strip, expected.split(",")):
            raise Outdated("If-Match", f"proxy {name!r} has changed meanwhile: its version is {etag} now")

    def tell(self, type: str, name: str, **fields: Any) -> None:
        """Something has changed at a proxy that there is."""
        self._changes += 1
        self._versions[name] = self._changes
        self._event(type, name, fields)

    def tell_of_end(self, name: str) -> None:
        """A proxy is gone. One that is made under its name has another version, since it is told of."""
        self._versions.pop(name, None)
        self._event("proxy_deleted", name, {})

    def tell_of_reload(self, name: str, before: ProxySettings | None, now: ProxySettings | None) -> None:
        """The operator has written the settings of a proxy anew, perhaps as they were."""
        if now is None:
            self.tell_of_end(name)
        elif before is None:
            self.tell("proxy_created", name)
        elif before != now:
            compared = [field.name for field in dataclasses.fields(now) if field.compare]
            different = [field for field in compared if getattr(before, field) != getattr(now, field)]
            self.tell("proxy_changed", name, changed=sorted(different))
        else:
            self._changes += 1
            self._versions[name] = self._changes

    def _event(self, type: str, name: str, fields: dict[str, Any]) -> None:
        if self.events.listened:
            self.events.tell(type, name, **fields)
