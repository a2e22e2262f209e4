"""What the tests of handlers share: peers that remember what they saw, and draws that are known beforehand."""

import contextvars
import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.peers import Backend, receive_exactly
from tests.running import DEADLINE, Running
from vaurien import call as calls
from vaurien import chance
from vaurien.call import Call

T = TypeVar("T")

CLOSED, RESET = "closed", "reset"
SLACK = 5.0
"""How much later than it must, in seconds, a thing may happen on a busy machine."""
HALF = chance.TICKETS // 2


class Witness:
    """One peer of a session, and all that it saw: `data`, and as its `end` ``closed`` or ``reset``."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.data = bytearray()
        self.end = ""
        self._changed = threading.Condition()

    def watch(self, answer: Callable[[bytes], bytes] | None = None) -> None:
        """Reads until the end, and says what `answer` makes of each thing that was read."""
        try:
            while data := self.sock.recv(65536):
                self._saw(data)
                if answer is not None:
                    self.sock.sendall(answer(data))
        except ConnectionError:
            self._saw(b"", RESET)
        else:
            self._saw(b"", CLOSED)

    def wait_data(self, size: int) -> bytes:
        """All that was seen, once it is `size` bytes or more."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.data) >= size, DEADLINE), f"only {bytes(self.data)!r} came"
            return bytes(self.data)

    def wait_end(self) -> tuple[bytes, str]:
        """All that was seen, and how it ended."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.end, DEADLINE), "the stream does not end"
            return bytes(self.data), self.end

    def _saw(self, data: bytes, end: str = "") -> None:
        with self._changed:
            self.data += data
            self.end = end
            self._changed.notify_all()


class Witnesses(Backend):
    """A backend that remembers what each of its sessions saw, and answers as `answer` says.

    With `stays`, it closes a session not when the client has ended but when `leave` is set.
    """

    def __init__(self, answer: Callable[[bytes], bytes] | None = None, stays: bool = False, **kwargs: Any) -> None:
        self.answer = answer
        self.leave = threading.Event()
        if not stays:
            self.leave.set()
        self._witnesses: dict[socket.socket, Witness] = {}
        self._known = threading.Condition()
        super().__init__(self._watch, **kwargs)

    def witness(self, count: int = 1) -> Witness:
        """Who stands behind the `count`-th session, once it has come."""
        sock = self.wait_session(count)
        with self._known:
            assert self._known.wait_for(lambda: sock in self._witnesses, DEADLINE)
            return self._witnesses[sock]

    def close(self) -> None:
        self.leave.set()
        super().close()

    def _watch(self, sock: socket.socket) -> None:
        with self._known:
            witness = self._witnesses[sock] = Witness(sock)
            self._known.notify_all()
        witness.watch(self.answer)
        self.leave.wait(DEADLINE)


@contextmanager
def witnesses(*args: Any, **kwargs: Any) -> Iterator[Witnesses]:
    """A `Witnesses`, closed at the end."""
    server = Witnesses(*args, **kwargs)
    try:
        yield server
    finally:
        server.close()


def same(data: bytes) -> bytes:
    """The answer that is the question."""
    return data


def until_end(sock: socket.socket) -> tuple[bytes, str]:
    """All that `sock` still gets, and how it ends: ``closed`` or ``reset``."""
    data = bytearray()
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        return bytes(data), RESET
    return bytes(data), CLOSED


def ask(sock: socket.socket, question: bytes, size: int | None = None) -> bytes:
    """Sends `question`, and returns the next `size` bytes (as many as it has)."""
    sock.sendall(question)
    return receive_exactly(sock, len(question) if size is None else size)


def handled(daemon: Running, handler: str) -> list[int]:
    """How many calls `handler` got, to the client and to the backend."""
    return list(daemon.proxy.handlers[handler].calls)


def wait_handled(daemon: Running, handler: str, to_backend: bool = True, count: int = 1) -> None:
    """Waits until `handler` has got `count` calls of a direction."""
    counts = daemon.proxy.handlers[handler].calls
    daemon.wait_until(lambda: counts[to_backend] >= count, f"{count} calls of {handler}")


def wait_no_session(daemon: Running) -> None:
    """Waits until the first proxy has no session."""
    daemon.wait_until(lambda: not daemon.proxy.sessions, "the end of all sessions")


@contextmanager
def halted(daemon: Running) -> Iterator[None]:
    """The daemon's event loop stands still: what peers do meanwhile is all there at once when it goes on."""
    standing, go = threading.Event(), threading.Event()

    def stand() -> None:
        standing.set()
        go.wait(DEADLINE)

    daemon._loop.run_callback_threadsafe(stand)
    assert standing.wait(DEADLINE)
    try:
        yield
    finally:
        go.set()


# draws


def flow_key(seed: int, session: int, to_backend: bool, proxy: str = "default") -> int:
    """The key with which a flow draws, as design and documentation say it: a function of who draws, never of when."""
    return chance.draw(chance.key(seed, proxy), 2 * session + to_backend)


def source(seed: int, session: int, to_backend: bool, call: int, purpose: str) -> random.Random:
    """The random source of one call of the proxy ``default``."""
    return chance.source(flow_key(seed, session, to_backend), call, purpose)


def seed_for(wanted: Mapping[tuple[int, bool, int], bool], share: int = HALF) -> int:
    """The first seed with which a behavior of one handler does as `wanted` by session, direction and call.

    `share` is the handler's, in tickets: half of the calls, unless told.
    """
    for seed in itertools.count():
        if all(
            (chance.ticket(flow_key(seed, session, to_backend), call) < share) == hit
            for (session, to_backend, call), hit in wanted.items()
        ):
            return seed
    raise AssertionError


def in_call(function: Callable[[], T], key: int = 1, ordinal: int = 1, to_backend: bool = True) -> T:
    """What `function` returns inside a call that has no session."""

    def inside() -> T:
        calls.current.set(Call(None, to_backend, None, ordinal, key, time.monotonic()))  # type: ignore[arg-type]
        return function()

    return contextvars.copy_context().run(inside)
