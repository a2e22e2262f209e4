"""A daemon in a thread of the test's own process, with a hub of its own, so that tests can use plain sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import gevent
from gevent import get_hub

from vaurien import config
from vaurien.daemon import Daemon
from vaurien.ini import Given
from vaurien.proxy import Proxy
from vaurien.settings import DaemonSettings

T = TypeVar("T")

DEADLINE = 10.0
"""How long a test waits for anything, in seconds, before it fails."""


class Running:
    """A daemon at work in its thread. `proxy` is its only proxy, or the first."""

    def __init__(self, settings: DaemonSettings) -> None:
        self.settings = settings
        self.daemon: Daemon
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(DEADLINE), "the daemon does not start"
        if self._failure is not None:
            self._thread.join(DEADLINE)
            raise self._failure

    def _run(self) -> None:
        hub = get_hub()
        try:
            self._loop = hub.loop
            self._stop = gevent.event.Event()
            self.daemon = Daemon(self.settings)
            self.daemon.start()
        except BaseException as exc:
            self._failure = exc
            hub.destroy(destroy_loop=True)
            return
        finally:
            self._ready.set()
        self._stop.wait()
        self.daemon.stop()
        hub.destroy(destroy_loop=True)

    @property
    def proxy(self) -> Proxy:
        return next(iter(self.daemon.proxies.values()))

    @property
    def address(self) -> Any:
        """What a client connects to: the first proxy's socket address."""
        return self.proxy.address

    def do(self, function: Callable[[], T]) -> T:
        """What `function` returns, called in a greenlet of the daemon's own thread; what it raises is raised here."""
        done = threading.Event()
        outcome: list[Any] = [None, None]

        def call() -> None:
            try:
                outcome[0] = function()
            except BaseException as exc:
                outcome[1] = exc
            done.set()

        self._loop.run_callback_threadsafe(gevent.spawn, call)
        assert done.wait(DEADLINE), "the daemon's event loop does not answer"
        if outcome[1] is not None:
            raise outcome[1]
        return outcome[0]  # type: ignore[no-any-return]

    def wait_until(self, condition: Callable[[], Any], what: str = "") -> None:
        """Waits, in the daemon's thread, until `condition` is true; fails after `DEADLINE` seconds."""

        def wait() -> bool:
            with gevent.Timeout(DEADLINE * 0.9, False):
                while not condition():
                    gevent.sleep(0.001)
                return True
            return False

        assert self.do(wait), f"never came: {what or condition}"

    def connect(self) -> socket.socket:
        """A client's socket, connected to the first proxy; the caller closes it."""
        address = self.address
        client = socket.socket(socket.AF_UNIX if isinstance(address, str) else self.proxy.door.family)
        client.settimeout(DEADLINE)
        try:
            client.connect(address)
        except BaseException:
            client.close()
            raise
        return client

    def stop(self) -> None:
        """Stops the daemon and waits for its thread."""
        if self._thread.is_alive():
            self._loop.run_callback_threadsafe(self._stop.set)
            self._thread.join(DEADLINE)
            assert not self._thread.is_alive(), "the daemon does not stop"


@contextmanager
def running(
    distant: Any,
    behavior: str = "",
    options: Mapping[str, Any] | None = None,
    *,
    local: str = "127.0.0.1:0",
    shutdown_timeout: float = 0.0,
    **settings: Any,
) -> Iterator[Running]:
    """A daemon with one proxy before `distant` (a socket address, or a text), stopped at the end.

    `options` are handler options such as ``{"delay.sleep": 0.1}``; `settings` those of ``[vaurien]``.
    """
    if isinstance(distant, tuple):
        host = f"[{distant[0]}]" if ":" in distant[0] else distant[0]
        distant = f"{host}:{distant[1]}"
    values = {"local": local, "distant": distant, "behavior": behavior or "100:dummy", **settings}
    sections = {"vaurien": {name: Given(str(value), f"--{name}") for name, value in values.items()}}
    for name, value in (options or {}).items():
        handler, _, option = name.rpartition(".")
        sections.setdefault(f"handler:{handler}", {})[option] = Given(str(value), f"--handlers.{name}")
    daemon = Running(replace(config.build({}, sections), shutdown_timeout=shutdown_timeout))
    try:
        yield daemon
    finally:
        daemon.stop()
