"""What waits in a link is bounded, exactly accounted for, and pushes back on whoever sends."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.path.tools import SCRIPTED, body, script, wait_in_greenlet
from tests.peers import receive_exactly
from tests.running import DEADLINE
from tests.toxics.tools import DOWN, LONG, STREAMS, UP, Ends, passes, session, toxic
from vaurien.link import BOUND
from vaurien.relay import CHUNK
from vaurien.settings import ToxicSettings
from vaurien.toxics.chunk import OVERHEAD

ONE_CHUNK = CHUNK + OVERHEAD
HOLDING = {
    "latency": toxic("latency", latency=LONG),
    "bandwidth": toxic("bandwidth", rate=0),
    "reset_peer": toxic("reset_peer", timeout=LONG),
}


class Fast:
    """Sends as fast as it can until it is pushed back; then `sent` stays as it is."""

    def __init__(self, source: socket.socket, size: int) -> None:
        self.source, self.size = source, size
        self.sent = 0
        source.setblocking(False)

    def push(self, ends: Ends, stream: str) -> None:
        """Sends until the kernel takes no more, and the flow has stopped reading."""
        piece = bytes(self.size)
        stuck_since = time.monotonic()
        deadline = stuck_since + DEADLINE
        while time.monotonic() < deadline:
            try:
                self.sent += self.source.send(piece)
                stuck_since = time.monotonic()
            except BlockingIOError:
                if time.monotonic() - stuck_since > 0.1 and ends.daemon.do(lambda: bool(ends.flow(stream).pending)):
                    return
                time.sleep(0.001)
        raise AssertionError("the sender is never pushed back")


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("name", HOLDING)
def test_a_fast_sender_is_pushed_back(name: str, stream: str) -> None:
    kind = HOLDING[name]
    given = dict(kind.given)
    with session(toxic(kind.type.name, stream=stream, **given), small=True) as ends:
        fast = Fast(ends.sides(stream)[0], CHUNK)
        fast.push(ends, stream)
        assert BOUND <= ends.held(stream) < BOUND + ONE_CHUNK
        assert fast.sent < BOUND + 16_000_000  # and the buffers of the kernel
        assert ends.held(UP if stream == DOWN else DOWN) == -1
        ends.put()
        receive_exactly(ends.sides(stream)[1], fast.sent)
        ends.wait_fast(stream)


def test_a_chain_has_the_bound_for_all_its_toxics() -> None:
    chain = [toxic("latency", name=name, latency=LONG) for name in "abc"]
    with session(*chain, small=True) as ends:
        Fast(ends.backend, CHUNK).push(ends, DOWN)
        assert BOUND <= ends.held(DOWN) < BOUND + ONE_CHUNK


def test_many_tiny_chunks_count_as_what_they_take() -> None:
    """A byte in a chunk of its own is no byte in memory."""
    with session(toxic("latency", latency=LONG)) as ends:
        for number in range(1, 301):
            ends.backend.sendall(b"x")
            ends.daemon.wait_until(lambda want=number: ends.flow(DOWN).bytes == want)
        assert ends.held(DOWN) == 300 * (1 + OVERHEAD)
        ends.put()
        assert receive_exactly(ends.client, 300) == b"x" * 300


@contextmanager
def traced() -> Iterator[Any]:
    """Measures the memory that is taken in the block: call what is given."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield lambda: tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def behind_a_slicer(*more: ToxicSettings) -> tuple[ToxicSettings, ...]:
    return (toxic("slicer", average_size=8), *more)


@pytest.mark.parametrize(
    "chain",
    [behind_a_slicer(), behind_a_slicer(toxic("latency", latency=LONG)), (toxic("latency", latency=LONG),)],
    ids=["waiting for the reader", "waiting in a toxic", "not cut"],
)
def test_the_memory_is_bounded_however_small_the_pieces_are(chain: tuple[ToxicSettings, ...]) -> None:
    with session(*chain, small=True) as ends, traced() as taken:
        Fast(ends.backend, CHUNK).push(ends, DOWN)
        assert ends.held(DOWN) >= BOUND
        assert taken() < 2 * BOUND


@pytest.mark.parametrize("kind", [toxic("noop"), toxic("slicer", average_size=1000)], ids=["noop", "slicer"])
def test_a_reader_that_stops_makes_the_sender_stop(kind: ToxicSettings) -> None:
    with session(kind, small=True) as ends:
        fast = Fast(ends.backend, CHUNK)
        fast.push(ends, DOWN)
        assert BOUND <= ends.held(DOWN) < BOUND + ONE_CHUNK
        receive_exactly(ends.client, fast.sent)
        ends.daemon.wait_until(lambda: ends.flow(DOWN).link.held == 0, "nothing held")
        fast.source.settimeout(DEADLINE)
        assert passes(ends, DOWN)


def test_a_handler_that_sends_much_waits_for_room() -> None:
    data = body(3 * BOUND)
    sent = threading.Event()

    def answer(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        client_sock.recv(65536)
        client_sock.sendall(data)
        sent.set()

    with script(answer), session(toxic("bandwidth", rate=0), behavior=SCRIPTED, small=True) as ends:
        ends.client.sendall(b"?")
        ends.wait_held(DOWN, BOUND)
        assert ends.held(DOWN) < BOUND + ONE_CHUNK
        assert not sent.is_set()
        ends.put()
        assert receive_exactly(ends.client, len(data)) == data
        assert sent.wait(DEADLINE)


def test_a_handler_that_waits_for_room_is_told_that_the_peer_has_gone() -> None:
    """A socket says so with an error; a link must not swallow all that still comes."""
    told = threading.Event()

    def answer(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        client_sock.recv(65536)
        try:
            while True:
                client_sock.sendall(bytes(65536))
        except OSError:
            told.set()
            raise

    with script(answer), session(toxic("latency", latency=30), behavior=SCRIPTED, small=True) as ends:
        ends.client.sendall(b"?")
        receive_exactly(ends.client, 100_000)
        ends.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        ends.client.close()
        assert told.wait(DEADLINE)
        ends.daemon.wait_until(lambda: not ends.daemon.proxy.sessions, "the end")


@pytest.mark.parametrize(
    "chain",
    [
        (toxic("packet_loss", loss_rate=0.5),),
        (toxic("timeout"),),
        (toxic("slicer", average_size=700, size_variation=300), toxic("latency", latency=2, jitter=2)),
        (toxic("bandwidth", rate=50_000), toxic("corrupt"), toxic("noop")),
        (toxic("limit_data", bytes=10**9), toxic("bandwidth", rate=50_000, shared=True)),
    ],
    ids=lambda chain: "+".join(one.name for one in chain),
)
def test_all_that_was_held_is_given_back(chain: tuple[ToxicSettings, ...]) -> None:
    with session(*chain) as ends:
        threading.Thread(target=drain, args=(ends.client,), daemon=True).start()
        for piece in (1, 100, 65536, 300_000, 7):
            ends.backend.sendall(bytes(piece))
        ends.daemon.wait_until(lambda: ends.flow(DOWN).bytes == 365_644, "all to be read")
        ends.daemon.wait_until(lambda: ends.flow(DOWN).link.held == 0, "nothing held")
        ends.backend.close()
        ends.daemon.wait_until(lambda: ends.flow(DOWN).link.ended, "the end to come through")
        assert ends.held(DOWN) == 0


def drain(sock: socket.socket) -> None:
    try:
        while sock.recv(65536):
            pass
    except OSError:
        pass


def test_removals_give_back_what_they_held() -> None:
    with session(toxic("latency", name="a", latency=LONG), toxic("noop")) as ends:
        ends.backend.sendall(bytes(5000))
        ends.wait_held(DOWN, 5000)
        ends.put(toxic("noop"))
        receive_exactly(ends.client, 5000)
        assert ends.held(DOWN) == 0


@pytest.mark.parametrize("how", ["closed by a toxic", "cut"])
def test_a_session_that_ends_gives_back_what_it_held(how: str) -> None:
    with session(toxic("limit_data", name="limit", bytes=10**6), toxic("latency", latency=LONG)) as ends:
        ends.backend.sendall(bytes(5000))
        ends.wait_held(DOWN, 5000)
        link = ends.daemon.do(lambda: ends.flow(DOWN).link)
        if how == "cut":
            ends.daemon.do(lambda: ends.daemon.proxy.cut("test"))
        else:
            ends.put(toxic("limit_data", name="limit", bytes=1), toxic("latency", latency=LONG))
            ends.backend.sendall(b"one too many")
            ends.daemon.wait_until(lambda: link.closing, "the toxic to close")
            ends.put()
        ends.daemon.wait_until(lambda: not ends.daemon.proxy.sessions, "the end")
        assert (link.held, link.waiters, link.stages) == (0, [], [])


def test_a_handlers_sendall_waits_while_toxics_come_and_go() -> None:
    data = body(2 * BOUND)
    go = threading.Event()

    def answer(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        client_sock.recv(65536)
        wait_in_greenlet(go)
        client_sock.sendall(data)

    stall = toxic("bandwidth", rate=0)
    with script(answer), session(stall, behavior=SCRIPTED, small=True) as ends:
        ends.client.sendall(b"?")
        go.set()
        ends.wait_held(DOWN, BOUND)
        for _ in range(10):
            ends.put()
            ends.put(stall)
        ends.put()
        assert receive_exactly(ends.client, len(data)) == data
