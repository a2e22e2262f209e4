"""What several tests of the data path share: bodies, ways to end, behaviors, and a handler that does as a test says."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import gevent
from gevent.socket import socket as gevent_socket

from tests.running import DEADLINE, Running
from vaurien import config
from vaurien.handlers import BaseHandler
from vaurien.ini import Given
from vaurien.settings import DaemonSettings

LARGE = 6_000_000
"""More bytes than fit into the buffers of a reader, so that they are spliced and have to wait for it."""

T = TypeVar("T")

Way = tuple[str, dict[str, Any]]

DUMMY: Way = ("100:dummy", {})
DELAY_TO_BACKEND: Way = ("100:delay", {"delay.sleep": 0, "delay.direction": "to_backend"})
DELAY_TO_CLIENT: Way = ("100:delay", {"delay.sleep": 0, "delay.direction": "to_client"})
HALF_DELAYED: Way = ("50:delay", {"delay.sleep": 0})
PASSING_TO_BACKEND: Way = ("100:tests.path.tools.PassOn", {"pass_on.direction": "to_backend"})
PASSING_TO_CLIENT: Way = ("100:tests.path.tools.PassOn", {"pass_on.direction": "to_client"})
HALF_PASSING: Way = ("50:tests.path.tools.PassOn", {})
WAYS = {
    "dummy": DUMMY,
    "delay_to_backend": DELAY_TO_BACKEND,
    "delay_to_client": DELAY_TO_CLIENT,
    "passing_to_backend": PASSING_TO_BACKEND,
    "passing_to_client": PASSING_TO_CLIENT,
}
"""Behaviors through which all bytes must arrive: relayed in the event loop, at once or after a pause, or by a handler
in a greenlet, in one direction."""


def body(size: int, seed: int = 0) -> bytes:
    """`size` bytes that look like no others: misplaced, lost or doubled ones change them."""
    return random.Random(seed).randbytes(size)


def reset(sock: socket.socket) -> None:
    """Closes `sock` so that its peer gets a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def how_it_ends(sock: socket.socket) -> str:
    """Reads on until there is no more: "end" for the end of the stream, "reset" for a connection that was reset."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        return "reset"
    return "end"


def fate_of_a_client(daemon: Running) -> str:
    """How a new session ends for a client that says nothing; the reset may come before its `connect` has returned."""
    with socket.socket(daemon.proxy.door.family) as client:
        client.settimeout(DEADLINE)
        try:
            client.connect(daemon.address)
        except ConnectionResetError:
            return "reset"
        return how_it_ends(client)


def settings_of(**proxies: tuple[str, str]) -> DaemonSettings:
    """The settings of a daemon with several proxies, each given as its local and its distant address."""
    sections = {
        f"proxy:{name}": {
            "local": Given(local, f"[proxy:{name}] local"),
            "distant": Given(distant, f"[proxy:{name}] distant"),
        }
        for name, (local, distant) in proxies.items()
    }
    return replace(config.build(sections, {}), shutdown_timeout=0.0)


@contextmanager
def running_proxies(**distant: tuple[str, int]) -> Iterator[Running]:
    """One daemon with a proxy for each name, which sends to the socket address given for it."""
    daemon = Running(settings_of(**{name: ("127.0.0.1:0", f"{host}:{port}") for name, (host, port) in distant.items()}))
    try:
        yield daemon
    finally:
        daemon.stop()


def connect_to(daemon: Running, name: str) -> socket.socket:
    """A client of the proxy called `name`."""
    return socket.create_connection(daemon.daemon.proxies[name].address, DEADLINE)


def together(*functions: Callable[[], Any], deadline: float = DEADLINE * 3) -> list[Any]:
    """What the functions return, each called in a thread of its own at the same time; raises what one has raised."""
    outcomes: list[Any] = [None] * len(functions)
    errors: list[BaseException] = []

    def call(place: int) -> None:
        try:
            outcomes[place] = functions[place]()
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=call, args=(place,), daemon=True) for place in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(deadline)
        if errors:
            raise errors[0]
        assert not thread.is_alive(), "not done in time"
    if errors:
        raise errors[0]
    return outcomes


def in_own_hub(function: Callable[[], T]) -> T:
    """What `function` returns, called in a thread with a hub of its own, which is gone afterwards."""

    def call() -> T:
        try:
            return function()
        finally:
            gevent.get_hub().destroy(destroy_loop=True)

    outcome: T = together(call)[0]
    return outcome


def send_and_end(sock: socket.socket, data: bytes) -> None:
    """Sends `data`, and then the end of the stream."""
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)


class Scripted(BaseHandler):
    """Does what the test has put into `script`, a function with the three parameters of a handler."""

    name = "scripted"
    script: Callable[[gevent_socket, gevent_socket, bool], Any]

    def __call__(self, client_sock: gevent_socket, backend_sock: gevent_socket, to_backend: bool) -> Any:
        return type(self).script(client_sock, backend_sock, to_backend)


SCRIPTED = f"100:{__name__}.{Scripted.__name__}"
"""The behavior that gives every call to the script."""


@contextmanager
def script(function: Callable[[gevent_socket, gevent_socket, bool], Any]) -> Iterator[None]:
    """Makes `function` what `Scripted` does, until the end of the block."""
    Scripted.script = staticmethod(function)
    try:
        yield
    finally:
        del Scripted.script


def pass_on(client_sock: gevent_socket, backend_sock: gevent_socket, to_backend: bool) -> None:
    """What a script does to a call in which nothing shall go wrong."""
    source, dest = (client_sock, backend_sock) if to_backend else (backend_sock, client_sock)
    dest.sendall(source.recv(65536))


def wait_in_greenlet(event: threading.Event) -> None:
    """Waits, in a handler, for an event of the test's thread; the event loop goes on meanwhile."""
    with gevent.Timeout(DEADLINE):
        while not event.is_set():
            gevent.sleep(0.001)


class PassOn(BaseHandler):
    """Passes on what it gets, as `pass_on` does."""

    name = "pass_on"

    def __call__(self, client_sock: gevent_socket, backend_sock: gevent_socket, to_backend: bool) -> None:
        pass_on(client_sock, backend_sock, to_backend)


def wait_no_sessions(daemon: Running) -> None:
    """Waits until all sessions of the daemon have ended."""
    proxies = list(daemon.daemon.proxies.values())
    daemon.wait_until(lambda: not any(proxy.sessions for proxy in proxies), "the end of all sessions")
