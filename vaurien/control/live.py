"""Live: changes to the proxies of a running daemon, each whole or not at all."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from gevent.lock import BoundedSemaphore

from vaurien import listener
from vaurien.address import Address
from vaurien.control.ends import Ends
from vaurien.control.fields import shown_fields, with_fields
from vaurien.control.news import News
from vaurien.control.refusals import NameTaken, Outdated, UnknownProxy
from vaurien.control.standing import Standing
from vaurien.control.temporary import Temporary
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
    """The settings of the daemon's proxies, and who changes them: one change after the other, and names are looked up
    before."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.news = News(daemon.shared.events)
        self._lock = BoundedSemaphore(1)
        self._numbers = count(1)
        self._standing = {name: Standing.of(proxy) for name, proxy in daemon.settings.proxies.items()}
        self._ends = Ends(daemon.shared.clock, self._go_back)

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
        return self.news.etag(name)

    def temporary(self, name: str) -> list[Temporary]:
        """What holds only for a while, the oldest first."""
        return list(self._standing[name].temporary) if name in self._standing else []

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
        name = checked_name(body.get("name"))
        if "distant" not in body:
            raise ConfigError("distant", "is missing: say where the proxy sends, as HOST:PORT")
        check_keys(body, ("name", *KEYS))
        asked = {key: value for key, value in body.items() if key != "name"}
        local = self._located(name, self._new(name, asked)[0])
        with self._lock:
            proxy, seconds = self._new(name, asked)
            proxy = replace(proxy, local=local)
            self._apply({**self.daemon.settings.proxies, name: proxy})
            standing = Standing.of(proxy, created=True)
            if seconds is not None:
                standing = standing.for_a_while(self._temporary_change(seconds))
            self._keep(name, standing)
            self.news.tell("proxy_created", name)
        return name

    def _new(self, name: str, asked: Mapping[str, Any]) -> tuple[ProxySettings, float | None]:
        """The settings of a new proxy, and for how long it is to be there. Raises `ConfigError`."""
        if name in self.daemon.settings.proxies:
            raise NameTaken("name", f"there is a proxy {name!r} already")
        template = self.daemon.settings.template
        places = {**template.places, "local": "local", "distant": "distant"}
        blank = replace(template, name=name, local=LOCAL, distant=LOCAL, places=places)
        wanted = Wanted(asked, blank, blank, self._loaded())
        return with_fields(blank, wanted.fields), wanted.seconds

    def change(self, name: str, body: Mapping[str, Any], expected: str | None = None) -> None:
        """Changes what `body` names. `expected` is the version that must hold still, as an ``If-Match`` has it.
        Raises `ConfigError`: `UnknownProxy`, `Outdated`."""
        wanted = self._wanted(name, body, expected)
        local = self._located(name, with_fields(self.settings(name), wanted.fields))
        with self._lock:
            wanted = self._wanted(name, body, expected)
            if not wanted.fields:
                return
            proxy = self.daemon.proxies[name]
            if "local" in wanted.fields and proxy.door is None:
                proxy.bound.forget_if_taken(local)
            standing = self._standing[name]
            if wanted.seconds is None:
                standing = standing.for_good(wanted.fields)
            else:
                standing = standing.for_a_while(self._temporary_change(wanted.seconds, wanted.fields))
            self._put(name, standing, local)
            self.news.tell("proxy_changed", name, changed=shown_fields(wanted.fields))

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
        located = {name: replace(proxy, local=self._located(name, proxy)) for name, proxy in settings.proxies.items()}
        with self._lock:
            before = self.daemon.settings.proxies
            created = {name for name, standing in self._standing.items() if standing.created and name not in located}
            proxies = {**located, **{name: before[name] for name in created}}
            self.daemon.apply(replace(settings, proxies=proxies))
            for name in {*before, *located} - created:
                self._keep(name, Standing.of(located[name]) if name in located else None)
                self.news.tell_of_reload(name, before.get(name), located.get(name))

    def _loaded(self) -> Loaded:
        return Loaded(self.handlers(), self.hooks())

    def _wanted(self, name: str, body: Mapping[str, Any], expected: str | None) -> Wanted:
        """What is asked of a proxy. Raises as `change` does."""
        self._check(name, expected)
        return Wanted(body, self.settings(name), self._standing[name].configured, self._loaded())

    def _check(self, name: str, expected: str | None) -> None:
        etag = self.etag(name)
        if expected is not None and expected.strip() != "*" and etag not in map(str.strip, expected.split(",")):
            raise Outdated("If-Match", f"proxy {name!r} has changed meanwhile: its version is {etag} now")

    def _located(self, name: str, settings: ProxySettings) -> Address:
        """The `local` of settings, looked up if they need a listener there that the proxy never had. That may take its
        time, so the lock is not held. Raises `ConfigError`."""
        proxy = self.daemon.proxies.get(name)
        if not settings.enabled or (proxy is not None and settings.local in proxy.bound):
            return settings.local
        return listener.look_up(settings.local, settings.places.get("local", f"proxy {name}"))

    def _apply(self, proxies: Mapping[str, ProxySettings]) -> None:
        self.daemon.apply(replace(self.daemon.settings, proxies=proxies))

    def _put(self, name: str, standing: Standing, local: Address) -> None:
        """Lets this hold. `local` is what was looked up before. Raises `ConfigError`, and then nothing has changed."""
        settings = standing.settings
        if settings.local == local:
            settings = replace(settings, local=local)
        self._apply({**self.daemon.settings.proxies, name: settings})
        self._keep(name, standing)

    def _keep(self, name: str, standing: Standing | None) -> None:
        """The daemon has taken this: what has just begun will end, and what is gone will not."""
        before = {change.number for change in self.temporary(name)}
        now = {change.number: change for change in standing.temporary} if standing else {}
        self._ends.cancel(before - {*now})
        for number in {*now} - before:
            self._ends.set(name, number, now[number].until)
        self._standing.pop(name, None)
        if standing is not None:
            self._standing[name] = standing

    def _remove(self, name: str) -> None:
        proxy = self.daemon.proxies[name]
        self._apply({key: value for key, value in self.daemon.settings.proxies.items() if key != name})
        proxy.cut("deleted")
        self._keep(name, None)
        self.news.tell_of_end(name)

    # going back

    def _temporary_change(self, seconds: float, fields: Mapping[str, Any] | None = None) -> Temporary:
        return Temporary(next(self._numbers), time.monotonic() + seconds, fields or {})

    def _go_back(self, name: str, number: int) -> None:
        """In a greenlet: the time of a temporary change is over."""
        try:
            standing = self._standing_without(name, number)
            local = self._located(name, standing.settings) if standing else LOCAL
            with self._lock:
                self._end(name, number, local)
        except ConfigError as exc:
            if self._ends.again(name, number, time.monotonic() + RETRY):
                log.error("cannot go back to what was, tried again until it can: %s", exc, extra={"proxy": name})

    def _end(self, name: str, number: int, local: Address) -> None:
        """A temporary change is over, if it still is there. Raises `ConfigError` if there is no way back yet."""
        standing = self._standing_without(name, number)
        if standing is None:
            return
        over = self._standing[name].find(number)
        if over is None or not over.fields:
            self._remove(name)
            return
        proxy, settings = self.daemon.proxies[name], standing.settings
        if settings.enabled and (proxy.door is None or proxy.bound.of(settings.local) != proxy.local):
            proxy.bound.check(settings.local, f"proxy {name}")
        self._put(name, standing, local)
        self.news.tell("proxy_reverted", name, changed=shown_fields(over.fields))

    def _standing_without(self, name: str, number: int) -> Standing | None:
        """What is left without a temporary change; None if that is no more."""
        standing = self._standing.get(name)
        over = standing.find(number) if standing else None
        return standing.without(over) if standing and over else None


def checked_name(name: Any) -> str:
    """What a proxy can be called. Raises `ConfigError` for what it cannot."""
    if not isinstance(name, str) or not name.isprintable() or "/" in name or not 0 < len(name) <= 100:
        raise ConfigError("name", f"expected a text of 1 to 100 characters without a slash, not {name!r:.200}")
    if name != name.strip():
        raise ConfigError("name", f"begins or ends with a space: {name!r}")
    return name
