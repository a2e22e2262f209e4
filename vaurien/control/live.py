"""Live: changes to the proxies of a running daemon, each whole or not at all."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from gevent.lock import BoundedSemaphore

from vaurien import listener
from vaurien.address import Address
from vaurien.control.checks import check_keys, converted
from vaurien.control.ends import Ends
from vaurien.control.fields import shown_fields, with_fields
from vaurien.control.new_proxy import new_proxy
from vaurien.control.news import News
from vaurien.control.refusals import NameTaken, UnknownHold, UnknownProxy, placed
from vaurien.control.standing import Standing
from vaurien.control.temporary import Temporary
from vaurien.control.wanted import Loaded, Wanted
from vaurien.daemon import Daemon
from vaurien.errors import ConfigError
from vaurien.options import Option
from vaurien.registry import nearest
from vaurien.settings import DaemonSettings, ProxySettings

log = logging.getLogger("vaurien.control")

HOLD = Option("It holds until it is released, and then what was before holds again", bool, False)
RETRY = 1.0
"""What cannot go back is tried again after so many seconds."""


class Live:
    """The settings of the daemon's proxies, and who changes them: one change after the other, and names are looked up
    before."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.news = News(daemon.shared.events)
        self._lock = BoundedSemaphore(1)
        # No daemon takes the hold of another, that was there before, for its own.
        self._numbers = count(secrets.randbits(32))
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

    def loaded(self) -> Loaded:
        """All that can be chosen."""
        return Loaded.of(self.daemon.settings)

    # changing

    def create(self, body: Mapping[str, Any]) -> str:
        """A new proxy, which has what the operator has said for all proxies; returns its name.

        Raises `ConfigError`, `NameTaken` if there is one of that name.
        """
        asked, _ = self._new(body)
        name, local = asked.name, self._located(asked)
        with self._lock:
            asked, wanted = self._new(body)
            proxy = replace(asked, local=local)
            with placed(body):
                self._apply({**self.daemon.settings.proxies, name: proxy})
            standing = Standing.of(proxy, created=True)
            if wanted.seconds is not None:
                standing = standing.for_a_while(Temporary.lasting(wanted.seconds, next(self._numbers), {}))
            self._keep(name, standing)
            self.news.tell("proxy_created", name)
        return name

    def set_behavior(self, name: str, body: Mapping[str, Any], expected: str | None = None) -> None:
        """Replaces the behavior with all its options. With ``hold`` in `body` it holds until it is released. Raises as
        `change` does."""
        check_keys(body, ("behavior", "handlers", "for", "hold"))
        if "behavior" not in body:
            raise ConfigError("behavior", "is missing: write WEIGHT:HANDLER,…, such as 20:delay,5:error")
        held = converted("hold", HOLD.convert, body.get("hold", False))
        self.change(name, {key: value for key, value in body.items() if key != "hold"}, expected, held)

    def change(self, name: str, body: Mapping[str, Any], expected: str | None = None, held: bool = False) -> None:
        """Changes what `body` names. `expected` is the version that must hold still, as an ``If-Match`` has it; what is
        to be `held` must be a behavior. Raises `ConfigError`: `UnknownProxy`, `Outdated`."""
        wanted = self._wanted(name, body, expected)
        local = self._located(with_fields(self.settings(name), wanted.fields))
        with self._lock:
            wanted = self._wanted(name, body, expected)
            if not wanted.fields:
                return
            proxy = self.daemon.proxies[name]
            if "local" in wanted.fields and proxy.door is None:
                proxy.bound.forget_if_taken(local)
            standing = self._standing[name]
            if wanted.seconds is None and not held:
                standing = standing.for_good(wanted.fields)
            else:
                change = Temporary.lasting(wanted.seconds, next(self._numbers), wanted.fields, held)
                standing = standing.for_a_while(change)
            with placed(body):
                self._put(name, standing, local)
            self.news.tell("proxy_changed", name, changed=shown_fields(wanted.fields))

    def release(self, name: str, number: int, expected: str | None = None) -> None:
        """Takes back a behavior that is held. Raises as `change` does; `UnknownHold` if it is not, or not any more."""
        with self._lock:
            self._check(name, expected)
            held = self._standing[name].find(number)
            if held is None or not held.held:
                raise UnknownHold("hold", f"proxy {name!r} has no such hold, or not any more")
            self._take_back(name, held, self.settings(name).local)

    def delete(self, name: str, expected: str | None = None) -> None:
        """Stops a proxy and cuts its sessions. Raises as `change` does."""
        with self._lock:
            self._check(name, expected)
            self._remove(name)

    def reload(self, settings: DaemonSettings) -> None:
        """Other settings from the operator: they win over what was changed live. Proxies that were created live stay.
        Raises `ConfigError`, and then nothing has changed."""
        located = {name: replace(proxy, local=self._located(proxy)) for name, proxy in settings.proxies.items()}
        with self._lock:
            before = self.daemon.settings.proxies
            created = {name for name, standing in self._standing.items() if standing.created and name not in located}
            proxies = {**located, **{name: before[name] for name in created}}
            self.daemon.apply(replace(settings, proxies=proxies))
            for name in {*before, *located} - created:
                self._keep(name, Standing.of(located[name]) if name in located else None)
                self.news.tell_of_reload(name, before.get(name), located.get(name))

    def _new(self, body: Mapping[str, Any]) -> tuple[ProxySettings, Wanted]:
        """What is asked of a new proxy. Raises as `create` does."""
        proxy, wanted = new_proxy(body, self.daemon.settings.template, self.loaded())
        if proxy.name in self.daemon.settings.proxies:
            raise NameTaken("name", f"there is a proxy {proxy.name!r} already")
        return proxy, wanted

    def _wanted(self, name: str, body: Mapping[str, Any], expected: str | None) -> Wanted:
        """What is asked of a proxy. Raises as `change` does."""
        self._check(name, expected)
        return Wanted(body, self.settings(name), self._standing[name].configured, self.loaded())

    def _check(self, name: str, expected: str | None) -> None:
        self.settings(name)
        self.news.check(name, expected)

    def _located(self, settings: ProxySettings) -> Address:
        """The `local` of settings, looked up if they need a listener there that the proxy never had. That may take its
        time, so the lock is not held. Raises `ConfigError`."""
        proxy = self.daemon.proxies.get(settings.name)
        if not settings.enabled or (proxy is not None and settings.local in proxy.bound):
            return settings.local
        return listener.look_up(settings.local, settings.places.get("local", f"proxy {settings.name}"))

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

    def _go_back(self, name: str, number: int) -> None:
        """In a greenlet: the time of a temporary change is over."""
        try:
            over = self._over(name, number)
            if over is None:
                return
            local = self._located(self._standing[name].without(over).settings)
            with self._lock:
                over = self._over(name, number)
                if over is not None:
                    self._end(name, over, local)
        except ConfigError as exc:
            if self._over(name, number) and self._ends.again(name, number, time.monotonic() + RETRY):
                log.error("cannot go back to what was, tried again until it can: %s", exc, extra={"proxy": name})

    def _over(self, name: str, number: int) -> Temporary | None:
        """A temporary change that is to end; None if it is gone already."""
        return self._standing[name].find(number) if name in self._standing else None

    def _end(self, name: str, over: Temporary, local: Address) -> None:
        """The time of a temporary change is over. Raises `ConfigError` if there is no way back yet."""
        if not over.fields:
            self._remove(name)
            return
        proxy, settings = self.daemon.proxies[name], self._standing[name].without(over).settings
        if settings.enabled and (proxy.door is None or proxy.bound.of(settings.local) != proxy.local):
            proxy.bound.check(settings.local, f"proxy {name}")
        self._take_back(name, over, local)

    def _take_back(self, name: str, over: Temporary, local: Address) -> None:
        self._put(name, self._standing[name].without(over), local)
        self.news.tell("proxy_reverted", name, changed=shown_fields(over.fields))
