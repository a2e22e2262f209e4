"""A proxy that speaks the tests' own protocol, a backend of lines that is told what to say, and a client of lines."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.handlers.tools import Witness, Witnesses
from tests.peers import receive_all
from tests.protocols.lines import LINES
from tests.running import DEADLINE, Running, running
from vaurien.behavior import Behavior
from vaurien.handlers import HANDLERS
from vaurien.settings import HandlerSettings

ALL = "100:tests.path.tools.PassOn"
"""The behavior that gives every message to a handler."""


def answered(data: bytes) -> bytes:
    """What a backend of lines replies: each line that wants a reply, after ``re ``."""
    lines = data.split(b"\n")
    return b"".join(b"re %s\n" % line for line in lines if line and not line.startswith(b"quiet"))


class Answering(Witnesses):
    """A backend that replies to each line, whatever the cuts."""

    def _watch(self, sock: socket.socket) -> None:
        with self._known:
            witness = self._witnesses[sock] = Witness(sock)
            self._known.notify_all()
        rest = b""

        def reply(data: bytes) -> bytes:
            nonlocal rest
            whole, end, rest = (rest + data).rpartition(b"\n")
            return answered(whole + end)

        witness.watch(reply)
        self.leave.wait(DEADLINE)


@contextmanager
def speaking(behavior: str = ALL, options: Any = None, stays: bool = False, **settings: Any) -> Iterator[Any]:
    """A backend that replies, a proxy before it that speaks lines, and a client: ``(server, daemon, client)``."""
    server = Answering(stays=stays)
    try:
        running_one = running(server.address, behavior, options, protocol=LINES, **settings)
        with running_one as daemon, daemon.connect() as client:
            yield server, daemon, client
    finally:
        server.close()


@contextmanager
def told(behavior: str = ALL, options: Any = None, stays: bool = False, **settings: Any) -> Iterator[Any]:
    """The same with a backend that only says what the test says in its place: ``(its witness, daemon, client)``."""
    server = Witnesses(stays=stays)
    try:
        running_one = running(server.address, behavior, options, protocol=LINES, **settings)
        with running_one as daemon, daemon.connect() as client:
            yield server.witness(), daemon, client
    finally:
        server.close()


def line(sock: socket.socket) -> bytes:
    """The next line that `sock` gets, without its end; what it is given at the end of the stream."""
    data = bytearray()
    while piece := sock.recv(1):
        if piece == b"\n":
            break
        data += piece
    return bytes(data)


def lines(sock: socket.socket, count: int) -> list[bytes]:
    return [line(sock) for _ in range(count)]


def asked(sock: socket.socket, *questions: bytes) -> list[bytes]:
    """The replies to these, all sent at once."""
    sock.sendall(b"".join(question + b"\n" for question in questions))
    return lines(sock, sum(not question.startswith(b"quiet") for question in questions))


def all_answers(client: socket.socket, data: bytes) -> bytes:
    """Everything that comes back when the client sends `data`, and ends."""
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    return receive_all(client)


def named(daemon: Running, point: str) -> list[str]:
    """The names of the messages that a hook is told of at `point`, as they come: ``> request``, ``< reply``."""
    seen: list[str] = []

    def note(call: Any) -> None:
        seen.append(f"{'>' if call.to_backend else '<'} {call.message.name if call.message else None}")

    daemon.do(lambda: daemon.proxy.hooks.on(point, note))
    return seen


def live(daemon: Running, behavior: str) -> None:
    """Another behavior, which holds from now on; its handlers are built in, and have their defaults."""
    proxy = daemon.proxy.settings
    parsed = Behavior.parse(behavior, HANDLERS.names())
    found = {share.name: HANDLERS.find(share.name, "") for share in parsed.shares}
    made = {name: HandlerSettings(name, target, HANDLERS.options(target, "")) for name, target in found.items()}
    wanted = replace(proxy, behavior=parsed, handlers={**made, **proxy.handlers})
    settings = replace(daemon.settings, proxies={proxy.name: wanted})
    daemon.do(lambda: daemon.daemon.apply(settings))
