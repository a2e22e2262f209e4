"""Every byte arrives, in order and once, however it was cut on its way."""

from __future__ import annotations

import random
import select
import socket

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.path.tools import HALF_DELAYED, HALF_PASSING, WAYS, Way
from tests.running import DEADLINE, Running, running

KIB = 1024
EDGES = [0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 1024 * KIB]
"""Sizes at which the engine changes its way: a full buffer makes it splice, a pipe holds 1 MiB."""

chunk_sizes = st.one_of(st.sampled_from(EDGES), st.integers(0, 200), st.integers(0, 300 * KIB))
streams = st.lists(chunk_sizes, max_size=6)

MIX: Way = (
    "25:delay,25:tests.path.tools.PassOn,10:drip",
    {"delay.sleep": 0, "drip.bytes": 40_000, "drip.interval": 0, "drip.direction": "both"},
)
BEHAVIORS = {
    **WAYS,
    "half_delayed": HALF_DELAYED,
    "half_passing": HALF_PASSING,
    "mix": MIX,
}


class Side:
    """One peer of a session: what it has to say, in chunks, and what it has heard."""

    def __init__(self, sock: socket.socket, chunks: list[bytes]) -> None:
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.chunks = [memoryview(chunk) for chunk in chunks]
        self.ended = False
        self.heard = bytearray()
        self.heard_end = False

    def speak(self) -> None:
        """One chunk, or what is left of one; after the last the end of the stream."""
        if self.chunks:
            self.chunks[0] = self.chunks[0][self.sock.send(self.chunks[0]) :]
            if not self.chunks[0]:
                del self.chunks[0]
        else:
            self.sock.shutdown(socket.SHUT_WR)
            self.ended = True

    def listen(self) -> None:
        data = self.sock.recv(256 * KIB)
        self.heard += data
        self.heard_end = not data


def converse(*sides: Side) -> None:
    """Until both have said all and heard the end of the other's stream."""
    while any(not (side.ended and side.heard_end) for side in sides):
        wants_read = {side.sock: side for side in sides if not side.heard_end}
        wants_write = {side.sock: side for side in sides if not side.ended}
        readable, writable, _ = select.select(wants_read, wants_write, [], DEADLINE)
        assert readable or writable, "nothing moves any more"
        for sock in readable:
            wants_read[sock].listen()
        for sock in writable:
            wants_write[sock].speak()


def carry(daemon: Running, listener: socket.socket, questions: list[bytes], answers: list[bytes]) -> None:
    """One session; fails unless each side hears what the other says."""
    with daemon.connect() as client_sock, listener.accept()[0] as backend_sock:
        client, backend = Side(client_sock, questions), Side(backend_sock, answers)
        converse(client, backend)
    assert backend.heard == b"".join(questions)
    assert client.heard == b"".join(answers)


@pytest.mark.parametrize("way", BEHAVIORS.values(), ids=BEHAVIORS)
def test_any_bytes_in_any_chunks(way: Way) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        with running(listener.getsockname(), *way, seed=7) as daemon:

            @settings(max_examples=80, deadline=None, database=None)
            @given(to_backend=streams, to_client=streams, seed=st.integers(0, 1000))
            @example(to_backend=[1024 * KIB] * 4, to_client=[64 * KIB, 1024 * KIB, 1, 64 * KIB + 1], seed=0)
            @example(to_backend=[64 * KIB, 64 * KIB - 1] * 3, to_client=[1024 * KIB + 1, 1] * 3, seed=1)
            def check(to_backend: list[int], to_client: list[int], seed: int) -> None:
                source = random.Random(seed)
                questions, answers = ([source.randbytes(size) for size in sizes] for sizes in (to_backend, to_client))
                carry(daemon, listener, questions, answers)

            check()


@pytest.mark.parametrize("way", BEHAVIORS.values(), ids=BEHAVIORS)
def test_one_byte_at_a_time(way: Way) -> None:
    """A call a byte, as far as the kernel lets it."""
    text = bytes(range(256)) * 4
    pieces = [text[place : place + 1] for place in range(len(text))]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        with running(listener.getsockname(), *way, seed=7) as daemon:
            carry(daemon, listener, pieces, pieces)
