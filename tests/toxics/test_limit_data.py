"""limit_data: so much and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.handlers.tools import until_end
from tests.path.tools import body, send_and_end
from tests.toxics.tools import DOWN, STREAMS, UP, alone, chunks, passes, session, toxic
from vaurien.toxics.limit_data import LimitData


@given(st.integers(0, 300), st.lists(st.binary(min_size=1, max_size=100), max_size=10))
def test_exact_to_the_byte_in_any_chunks(limit: int, pieces: list[bytes]) -> None:
    limiter = alone(LimitData, bytes=limit)
    closed: list[int] = []
    limiter.close = lambda: closed.append(1)  # type: ignore[method-assign]
    passed = b""
    for chunk in chunks(*pieces):
        passed += b"".join(limiter.shape(chunk) or ())  # type: ignore[arg-type]
        if closed:
            break
        passed += chunk.data  # what is left of it passes
    assert passed == b"".join(pieces)[:limit]
    assert bool(closed) == (bool(pieces) and sum(map(len, pieces)) >= limit)


@pytest.mark.parametrize("limit", [1, 2, 1000, 65535, 65536, 65537, 1_000_000])
@pytest.mark.parametrize("stream", STREAMS)
def test_so_many_bytes_pass_and_then_the_connection_closes(limit: int, stream: str) -> None:
    data = body(limit + 100_000)
    with session(toxic("limit_data", bytes=limit, stream=stream), small=True) as ends:
        source, dest = ends.sides(stream)
        source.setblocking(False)
        rest = memoryview(data)
        heard = bytearray()
        dest.settimeout(0.01)
        while True:
            try:
                rest = rest[source.send(rest) :] if rest else rest
            except BlockingIOError:
                pass
            except ConnectionError:
                rest = rest[:0]  # it has been told the end
            try:
                piece = dest.recv(65536)
            except TimeoutError:
                continue
            if not piece:
                break
            heard += piece
        assert bytes(heard) == data[:limit]
        ends.daemon.wait_until(lambda: not ends.daemon.proxy.sessions, "the end")
        assert ends.totals()[f"bytes_to_{'backend' if stream == UP else 'client'}"] == limit


def test_exactly_so_many_are_enough_to_close() -> None:
    with session(toxic("limit_data", bytes=5)) as ends:
        ends.backend.sendall(b"12345")
        assert until_end(ends.client) == (b"12345", "closed")
        assert until_end(ends.backend)[0] == b""


def test_with_0_the_first_byte_closes() -> None:
    assert LimitData.options["bytes"].default == 0
    with session(toxic("limit_data")) as ends:
        assert passes(ends, UP)
        ends.backend.sendall(b"1")
        assert until_end(ends.client) == (b"", "closed")


def test_less_than_that_passes_with_its_end() -> None:
    with session(toxic("limit_data", bytes=6)) as ends:
        send_and_end(ends.backend, b"12345")
        assert until_end(ends.client) == (b"12345", "closed")
        assert passes(ends, UP)


def test_the_count_goes_on_when_the_limit_changes() -> None:
    with session(toxic("limit_data", bytes=10)) as ends:
        assert passes(ends, DOWN, b"12345")
        ends.put(toxic("limit_data", bytes=8))
        ends.backend.sendall(b"67890")
        assert until_end(ends.client) == (b"678", "closed")


def test_a_limit_below_what_has_passed_closes_at_the_next_byte() -> None:
    with session(toxic("limit_data", bytes=10)) as ends:
        assert passes(ends, DOWN, b"12345")
        ends.put(toxic("limit_data", bytes=2))
        ends.backend.sendall(b"6")
        assert until_end(ends.client) == (b"", "closed")


def test_what_has_passed_is_delivered_through_the_toxics_behind_it() -> None:
    with session(toxic("limit_data", bytes=5), toxic("latency", latency=50), toxic("bandwidth", rate=1)) as ends:
        ends.backend.sendall(b"1234567890")
        assert until_end(ends.client) == (b"12345", "closed")
