"""Daemon: several proxies in one event loop, from start to stop."""

from __future__ import annotations

import logging
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import gevent
from gevent import get_hub
from gevent.event import Event

from vaurien.change import Change
from vaurien.errors import ConfigError
from vaurien.proxy import Proxy
from vaurien.settings import DaemonSettings
from vaurien.shared import Shared

STOPS = (signal.SIGTERM, signal.SIGINT)
"""The signals that end a daemon."""
STUBBORN = 1.0
"""How long a handler that was killed may take to go, in seconds, before the daemon leaves it behind."""

log = logging.getLogger("vaurien.daemon")


class Companion(Protocol):
    """What stands beside a daemon and has a say in its changes: the control API."""

    def reload(self, settings: DaemonSettings) -> None:
        """Changes the daemon to what the operator has written anew. Raises `ConfigError`; then nothing has changed."""

    def stop(self) -> None:
        """The daemon is about to stop."""


class Daemon:
    """All proxies of one `DaemonSettings`. Belongs to the thread, and so to the hub, in which it is made.

    `seed` is that of the settings, or one drawn for this daemon.
    """

    def __init__(self, settings: DaemonSettings) -> None:
        self.settings = settings
        self.seed = secrets.randbits(32) if settings.seed is None else settings.seed
        self.proxies: dict[str, Proxy] = {}
        self.shared = Shared()
        self._leaving: dict[Proxy, Any] = {}
        self._ready: Callable[[Daemon], None] = lambda _: None
        self._stop = Event()

    def start(self) -> None:
        """Binds every proxy, then accepts on all. Raises `ConfigError`, with nothing left bound."""
        try:
            self.apply(self.settings)
        except BaseException:
            self.shared.close()
            raise

    def apply(self, settings: DaemonSettings) -> None:
        """Changes to other settings, whole or, with a `ConfigError`, not at all.

        A proxy keeps its sessions and its counters, wherever it listens now. One that is gone lets its sessions finish
        for `shutdown_timeout`. The seed and the log stay as they are.
        """
        change = Change(self.proxies, settings, lambda wanted, left: Proxy(wanted, self.shared, self.seed, left))
        self.settings = settings
        self.proxies, leaving = change.commit()
        for proxy in leaving:
            self._leaving[proxy] = gevent.spawn(self._let_go, proxy, settings.shutdown_timeout)
        for proxy in change.new.values():
            gevent.spawn(warn_unless_found, proxy)

    def _let_go(self, proxy: Proxy, timeout: float) -> None:
        let_finish([proxy], timeout)
        gevent.joinall(list(proxy.killed), timeout=STUBBORN)
        if not self._stop.is_set():
            self._leaving.pop(proxy, None)
            proxy.crew.close()

    def stop(self) -> None:
        """Stops accepting, lets the sessions finish for `shutdown_timeout`, then cuts those that are left. Blocks."""
        for proxy in self.proxies.values():
            proxy.close()
        let_finish(self._all(), self.settings.shutdown_timeout)
        gevent.joinall(list(self._leaving.values()))
        killed = [greenlet for proxy in self._all() for greenlet in proxy.killed]
        if len(gevent.joinall(killed, timeout=STUBBORN)) < len(killed):
            with suppress(gevent.Timeout):
                gevent.killall(killed, timeout=STUBBORN)
            left = [greenlet for greenlet in killed if not greenlet.dead]
            if left:
                log.error("%d handlers or hooks go on after their sessions: they are left behind", len(left))
        for proxy in self._all():
            proxy.crew.close()
        self.shared.tunnels.wait_idle(STUBBORN)
        self.shared.close()

    def cut(self) -> None:
        """Ends all sessions, those of proxies that are gone included."""
        for proxy in self._all():
            proxy.cut("shutdown")

    def _all(self) -> list[Proxy]:
        return [*self.proxies.values(), *self._leaving]

    def run(
        self,
        reload: Callable[[], DaemonSettings] | None = None,
        ready: Callable[[Daemon], None] | None = None,
        companion: Companion | None = None,
    ) -> None:
        """Serves until SIGTERM or SIGINT, then stops; a second one cuts at once. `start` must have been called.

        SIGHUP asks `reload` for new settings and applies them, by way of the `companion` if there is one; if it raises
        `ConfigError`, nothing changes. `ready` is called when signals are awaited, and after each reload. The
        `companion` is stopped first. Only for the main thread of a program that ends then: it ignores both signals from
        there on.
        """
        self._ready = ready or (lambda _: None)
        loop = get_hub().loop
        watchers = [loop.signal(number) for number in STOPS]
        for watcher in watchers:
            watcher.start(self._on_stop_signal)
        if reload is not None:
            watchers.append(loop.signal(signal.SIGHUP))
            apply = self.apply if companion is None else companion.reload
            watchers[-1].start(gevent.spawn, self._reload, reload, apply)
        try:
            self._ready(self)
            self._stop.wait()
            if companion is not None:
                companion.stop()
            self.stop()
            log.info("stopped")
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
            for watcher in watchers:
                watcher.stop()
                watcher.close()
            for number in STOPS:  # one that comes now must not end a program otherwise that is about to end well
                signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def _on_stop_signal(self) -> None:
        if self._stop.is_set():
            self.cut()
        else:
            count = sum(len(proxy.sessions) for proxy in self._all())
            sessions = "1 session has" if count == 1 else f"{count} sessions have"
            patience = f"{sessions} {self.settings.shutdown_timeout:g} s to finish, a second signal cuts them"
            log.info("stopping: %s", patience if count else "there is no session")
            self._stop.set()

    def _reload(self, reload: Callable[[], DaemonSettings], apply: Callable[[DaemonSettings], None]) -> None:
        try:
            apply(reload())
        except ConfigError as exc:
            log.error("not reloaded, nothing has changed: %s", exc)
        else:
            log.info("reloaded")
            self._ready(self)


def let_finish(proxies: list[Proxy], timeout: float) -> None:
    """Waits until the proxies have no session left, for `timeout` seconds at most, then cuts. All have ended then."""
    deadline = time.monotonic() + timeout
    for proxy in proxies:
        proxy.idle.wait(max(0.0, deadline - time.monotonic()))
        proxy.cut("shutdown")
    for proxy in proxies:
        proxy.idle.wait()


def warn_unless_found(proxy: Proxy) -> None:
    """Looks the backend's name up before the first client needs it, and says so if there is no such name."""
    try:
        proxy.backend.look_up()
    except OSError as exc:
        host = proxy.backend.address.host
        reason = exc.strerror or exc
        log.warning("cannot resolve %s (%s): tried again for each client", host, reason, extra={"proxy": proxy.name})
