"""What the tests of toxics share: a proxy with toxics that can be changed live, and the two ends of its sessions."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tests.peers import receive_exactly
from tests.running import DEADLINE, Running, running
from vaurien import chance
from vaurien.registry import name_of
from vaurien.settings import ToxicSettings, ToxicType
from vaurien.toxics import TOXICS, Chunk, Toxic

T = TypeVar("T", bound=Toxic)

UP, DOWN = "upstream", "downstream"
STREAMS = {UP: True, DOWN: False}
"""Whether the bytes of a stream go to the backend."""
SLACK = 5.0
"""How much later than it must, in seconds, a thing may happen on a busy machine."""
LONG = 60_000
"""Milliseconds that no test waits for."""


def toxic(
    kind: str | type[Toxic], *, name: str = "", stream: str = DOWN, toxicity: float = 1.0, **options: Any
) -> ToxicSettings:
    """The settings of a toxic, built in or of a class of the test's own."""
    target = TOXICS.built_in[kind] if isinstance(kind, str) else kind
    declared = TOXICS.options(target, "test")
    given = {option: declared[option].convert(value) for option, value in options.items()}
    type_name = name_of(target, target.__name__.lower())
    return ToxicSettings(name or type_name, ToxicType(type_name, target, declared), given, stream, toxicity)


def alone(kind: type[T], key: int = 1, **options: Any) -> T:
    """A toxic without a session: what it draws depends on `key`."""
    settings = toxic(kind, **options)
    made = kind({**{name: option.default for name, option in settings.declared.items()}, **settings.given})
    made.key = key
    return made


def chunks(*data: bytes) -> list[Chunk]:
    """What comes to a toxic, one chunk after the other."""
    return [Chunk(piece, time.monotonic(), ordinal) for ordinal, piece in enumerate(data, 1)]


def change(daemon: Running, **fields: Any) -> None:
    """Changes settings of the first proxy, as a reload or the control API does."""

    def apply() -> None:
        settings = daemon.daemon.settings
        name, now = next(iter(settings.proxies.items()))
        daemon.daemon.apply(replace(settings, proxies={**settings.proxies, name: replace(now, **fields)}))

    daemon.do(apply)


def put(daemon: Running, *toxics: ToxicSettings) -> None:
    """These are the first proxy's toxics from now on."""
    change(daemon, toxics=toxics)


@dataclass
class Ends:
    """A session: both of its ends, and the daemon between."""

    daemon: Running
    client: socket.socket
    backend: socket.socket

    def sides(self, stream: str) -> tuple[socket.socket, socket.socket]:
        """Who says a stream, and who hears it."""
        return (self.client, self.backend) if STREAMS[stream] else (self.backend, self.client)

    def put(self, *toxics: ToxicSettings) -> None:
        put(self.daemon, *toxics)

    def flow(self, stream: str) -> Any:
        """The flow of the newest session."""
        return list(self.daemon.proxy.sessions.values())[-1].flows[STREAMS[stream]]

    def held(self, stream: str) -> int:
        """What toxics hold of a stream; -1 if none acts on it."""

        def look() -> int:
            link = self.flow(stream).link
            return -1 if link is None else int(link.held)

        return self.daemon.do(look)

    def wait_held(self, stream: str, least: int = 1) -> None:
        """Waits until toxics hold so much, or more."""

        def holds() -> bool:
            link = self.flow(stream).link
            return link is not None and link.held >= least

        self.daemon.wait_until(holds, f"{least} bytes held")

    def wait_fast(self, stream: str) -> None:
        """Waits until no link is left in a stream."""
        self.daemon.wait_until(lambda: self.flow(stream).link is None, "the fast path")

    def totals(self) -> dict[str, int]:
        return self.daemon.do(self.daemon.proxy.totals_now)


@contextmanager
def session(
    *toxics: ToxicSettings,
    behavior: str = "",
    options: Mapping[str, Any] | None = None,
    small: bool = False,
    **more: Any,
) -> Iterator[Ends]:
    """A session with toxics; `small` asks the kernel for small buffers at both ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if small:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        listener.settimeout(DEADLINE)
        with running(listener.getsockname(), behavior, options, **more) as daemon:
            put(daemon, *toxics)
            with another(daemon, listener, small) as ends:
                yield ends


@contextmanager
def another(daemon: Running, listener: socket.socket, small: bool = False) -> Iterator[Ends]:
    """A session of a daemon before `listener`."""
    with socket.socket() as client:
        if small:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.settimeout(DEADLINE)
        client.connect(daemon.address)
        backend, _ = listener.accept()
        with backend:
            backend.settimeout(DEADLINE)
            daemon.wait_until(lambda: all(one.flows for one in daemon.proxy.sessions.values()), "both connections")
            yield Ends(daemon, client, backend)


@contextmanager
def sessions(count: int, *toxics: ToxicSettings, **more: Any) -> Iterator[list[Ends]]:
    """So many sessions of one proxy with toxics."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener, ExitStack() as stack:
        listener.settimeout(DEADLINE)
        with running(listener.getsockname(), **more) as daemon:
            put(daemon, *toxics)
            with ExitStack() as stack:
                yield [stack.enter_context(another(daemon, listener)) for _ in range(count)]


def passes(ends: Ends, stream: str, data: bytes = b"hello") -> bool:
    """Whether a stream brings what is said into it."""
    source, dest = ends.sides(stream)
    source.sendall(data)
    return receive_exactly(dest, len(data)) == data


def nothing_comes(ends: Ends, stream: str) -> bool:
    """Whether nothing has come out of a stream so far."""
    _, dest = ends.sides(stream)
    dest.setblocking(False)
    try:
        dest.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    finally:
        dest.settimeout(DEADLINE)
    return False


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """What `function` returns, and how long it took."""
    start = time.monotonic()
    return function(), time.monotonic() - start


def affected(seed: int, name: str, stream: str, ordinal: int, toxicity: float, proxy: str = "default") -> bool:
    """Whether a toxic acts on a session, as the documentation says it: a function of seed, session and name."""
    flow_key = chance.draw(chance.key(seed, proxy), 2 * ordinal + STREAMS[stream])
    return chance.draw(chance.key(flow_key, "toxic", name), 0) < toxicity * 2**64
