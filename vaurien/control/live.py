"""Live: changes to the proxies of a running daemon, each whole or not at all."""

from __future__ import annotations

import dataclasses
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore

from vaurien.address import Address
from vaurien.clock import Alarm
from vaurien.control.refusals import NameTaken, Outdated, UnknownProxy
from vaurien.control.temporary import Temporary, laid_over, shown_fields, with_fields
from vaurien.control.wanted import KEYS, Loaded, Wanted, check_keys
from vaurien.daemon import Daemon
from vaurien.errors import ConfigError
from vaurien.registry import nearest
from vaurien.settings import DaemonSettings, HandlerSettings, HookSettings, ProxySettings

log = logging.getLogger("vaurien.control")

RETRY = 1.0
"""What cannot go back is tried again after so many seconds."""
LOCAL = Address("127.0.0.1", 0)
"""Where a new proxy listens that says nothing of it."""


class Live:
    """The settings of the daemon's proxies: what was configured, what holds for good, and what only for a while."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self._lock = BoundedSemaphore(1)
        self._origin = secrets.token_hex(4)
        self._changes = 0
        self._versions: dict[str, int] = {}
        self._configured: dict[str, ProxySettings] = dict(daemon.settings.proxies)
        self._base: dict[str, ProxySettings] = dict(daemon.settings.proxies)
        self._temporary: dict[str, list[Temporary]] = {}
        self._alarms: dict[int, Alarm] = {}
        self._created: set[str] = set()

    # reading

    def settings(self, name: str) -> ProxySettings:
        """What holds now. Raises `UnknownProxy`."""
        proxies = self.daemon.settings.proxies
        if name not in proxies:
            known = nearest(name, proxies) if proxies else "there is none yet"
            raise UnknownProxy("name", f"there is no proxy {name!r}; {known}")
        return proxies[name]

    def etag(self, name: str) -> str:
        """The version of a proxy's settings, which every change makes another. Raises `UnknownProxy`."""
        self.settings(name)
        return f'"{self._origin}-{self._versions.get(name, 0)}"'

    def temporary(self, name: str) -> list[Temporary]:
        """What holds only for a while, the oldest first."""
        return list(self._temporary.get(name, ()))

    def handlers(self) -> Mapping[str, HandlerSettings]:
        """All that can be chosen."""
        return self.daemon.settings.handlers

    def hooks(self) -> Mapping[str, HookSettings]:
        """All that can be chosen."""
        return self.daemon.settings.hooks

    # changing

    def create(self, body: Mapping[str, Any]) -> str:
        """A new proxy, which has what the operator has said for all proxies; returns its name.

        Raises `ConfigError`, `NameTaken` if there is one of that name.
        """
        name = body.get("name")
        if not isinstance(name, str) or not name.isprintable() or "/" in name or not 0 < len(name) <= 100:
            raise ConfigError("name", f"expected a text of 1 to 100 characters without a slash, not {name!r:.200}")
        if name != name.strip():
            raise ConfigError("name", f"begins or ends with a space: {name!r}")
        if "distant" not in body:
            raise ConfigError("distant", "is missing: say where the proxy sends, as HOST:PORT")
        check_keys(body, ("name", *KEYS))
        with self._lock:
            if name in self.daemon.settings.proxies:
                raise NameTaken("name", f"there is a proxy {name!r} already")
            template = self.daemon.settings.template
            places = {**template.places, "local": "local", "distant": "distant"}
            blank = replace(template, name=name, local=LOCAL, distant=LOCAL, places=places)
            asked = {key: value for key, value in body.items() if key != "name"}
            wanted = Wanted(asked, blank, blank, self._loaded())
            proxy = with_fields(blank, wanted.fields)
            self._apply({**self.daemon.settings.proxies, name: proxy})
            self._configured[name] = self._base[name] = proxy
            self._created.add(name)
            if wanted.seconds is not None:
                self._keep(name, [self._for_a_while(name, {}, wanted.seconds)])
            self._tell(name, "proxy_created")
        return name

    def change(self, name: str, body: Mapping[str, Any], expected: str | None = None) -> None:
        """Changes what `body` names. `expected` is the version that must hold still, as an ``If-Match`` has it.
        Raises `ConfigError`: `UnknownProxy`, `Outdated`."""
        with self._lock:
            self._check(name, expected)
            wanted = Wanted(body, self.settings(name), self._configured[name], self._loaded())
            if not wanted.fields:
                return
            self._put(name, wanted.fields, wanted.seconds)

    def set_behavior(self, name: str, body: Mapping[str, Any], expected: str | None = None) -> None:
        """Replaces the behavior with all its options. Raises as `change` does."""
        check_keys(body, ("behavior", "handlers", "for"))
        if "behavior" not in body:
            raise ConfigError("behavior", "is missing: write WEIGHT:HANDLER,…, such as 20:delay,5:error")
        self.change(name, body, expected)

    def delete(self, name: str, expected: str | None = None) -> None:
        """Stops a proxy and cuts its sessions. Raises as `change` does."""
        with self._lock:
            self._check(name, expected)
            self._remove(name)

    def reload(self, settings: DaemonSettings) -> None:
        """Other settings from the operator: they win over what was changed live. Proxies that were created live stay.
        Raises `ConfigError`, and then nothing has changed."""
        with self._lock:
            before = self.daemon.settings.proxies
            created = {name: self.settings(name) for name in self._created if name not in settings.proxies}
            self.daemon.apply(replace(settings, proxies={**settings.proxies, **created}))
            for name in {*self._base, *settings.proxies} - {*created}:
                self._keep(name, [])
                self._created.discard(name)
                self._base.pop(name, None)
                self._configured.pop(name, None)
                self._tell_of_reload(name, before.get(name), settings.proxies.get(name))
            self._base.update(settings.proxies)
            self._configured.update(settings.proxies)

    def _loaded(self) -> Loaded:
        return Loaded(self.handlers(), self.hooks())

    def _check(self, name: str, expected: str | None) -> None:
        etag = self.etag(name)
        if expected is not None and expected.strip() != "*" and etag not in map(str.strip, expected.split(",")):
            raise Outdated("If-Match", f"proxy {name!r} has changed meanwhile: its version is {etag} now")

    def _apply(self, proxies: Mapping[str, ProxySettings]) -> None:
        self.daemon.apply(replace(self.daemon.settings, proxies=proxies))

    def _put(self, name: str, fields: Mapping[str, Any], seconds: float | None) -> None:
        """Lets `fields` hold, for good or for so many seconds."""
        base, temporary = self._base[name], self.temporary(name)
        if seconds is None:
            base = with_fields(base, fields)
            temporary = [left for change in temporary if (left := change.under(fields))]
        else:
            temporary.append(self._for_a_while(name, fields, seconds))
        try:
            self._apply({**self.daemon.settings.proxies, name: laid_over(base, temporary)})
        except ConfigError:
            self._keep(name, self.temporary(name))
            raise
        self._base[name] = base
        self._keep(name, temporary)
        self._tell(name, "proxy_changed", changed=shown_fields(fields))

    def _remove(self, name: str) -> None:
        proxy = self.daemon.proxies[name]
        self._apply({key: value for key, value in self.daemon.settings.proxies.items() if key != name})
        proxy.cut("deleted")
        self._keep(name, [])
        for known in (self._base, self._configured, self._temporary):
            known.pop(name, None)
        self._created.discard(name)
        self._tell(name, "proxy_deleted")

    # going back

    def _for_a_while(self, name: str, fields: Mapping[str, Any], seconds: float) -> Temporary:
        """A change whose end is near."""
        self._changes += 1
        temporary = Temporary(self._changes, time.monotonic() + seconds, fields)
        self._wake(name, temporary.number, temporary.until)
        return temporary

    def _wake(self, name: str, number: int, moment: float) -> None:
        def over() -> None:
            gevent.spawn(self._go_back, name, number)

        self._alarms[number] = self.daemon.shared.clock.at(moment, over)

    def _keep(self, name: str, temporary: list[Temporary]) -> None:
        """These are the temporary changes of a proxy, and no others."""
        self._temporary[name] = temporary
        alive = {change.number for changes in self._temporary.values() for change in changes}
        for number in [number for number in self._alarms if number not in alive]:
            self.daemon.shared.clock.cancel(self._alarms.pop(number))

    def _go_back(self, name: str, number: int) -> None:
        """In a greenlet: the time of a temporary change is over."""
        with self._lock:
            over = next((change for change in self.temporary(name) if change.number == number), None)
            if over is None:
                return
            left = [change for change in self.temporary(name) if change is not over]
            try:
                if not over.fields:
                    self._remove(name)
                    return
                self._apply({**self.daemon.settings.proxies, name: laid_over(self._base[name], left)})
            except ConfigError as exc:
                if time.monotonic() < over.until + RETRY:
                    log.error("cannot go back to what was, tried again until it can: %s", exc, extra={"proxy": name})
                self._wake(name, number, time.monotonic() + RETRY)
                return
            self._keep(name, left)
            self._tell(name, "proxy_reverted", changed=shown_fields(over.fields))

    # telling

    def _tell_of_reload(self, name: str, before: ProxySettings | None, now: ProxySettings | None) -> None:
        if before is None:
            self._tell(name, "proxy_created")
        elif now is None:
            self._tell(name, "proxy_deleted")
        elif before != now:
            changed = [field.name for field in dataclasses.fields(now) if field.compare]
            different = [field for field in changed if getattr(before, field) != getattr(now, field)]
            self._tell(name, "proxy_changed", changed=sorted(different))
        else:
            self._count(name)

    def _count(self, name: str) -> None:
        self._changes += 1
        self._versions[name] = self._changes

    def _tell(self, name: str, type: str, **fields: Any) -> None:
        self._count(name)
        if self.daemon.shared.events.listened:
            self.daemon.shared.events.tell(type, name, **fields)
