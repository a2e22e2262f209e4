"""Chunk: some bytes on their way."""

import time

from hypothesis import given
from hypothesis import strategies as st

from vaurien.toxics.chunk import OVERHEAD, Chunk


def chunk(data: bytes = b"hello") -> Chunk:
    return Chunk(data, time.monotonic(), 1)


def test_what_it_is() -> None:
    one = chunk()
    assert (one.data, len(one), bool(one), one.ordinal, one.is_end) == (b"hello", 5, True, 1, False)
    assert 0 <= one.age() < 5
    assert one.cost == 5 + OVERHEAD


def test_pieces_are_taken_from_the_front() -> None:
    one = chunk()
    assert one.take(2) == b"he"
    assert (one.data, len(one)) == (b"llo", 3)
    assert one.take(0) == b""
    assert one.take(10) == b"llo"
    assert (one.take(1), one.data, len(one), bool(one)) == (b"", b"", 0, False)


def test_other_data_is_what_is_left() -> None:
    one = chunk()
    one.take(4)
    one.data = b"other"
    assert (one.data, one.take(2), len(one)) == (b"other", b"ot", 3)


def test_dropped() -> None:
    one = chunk()
    one.take(1)
    one.drop()
    assert (one.data, len(one), one.take(5)) == (b"", 0, b"")


def test_what_it_is_reckoned_at_stays() -> None:
    one = chunk()
    one.take(3)
    one.data = bytes(1000)
    assert one.cost == 5 + OVERHEAD


@given(st.binary(max_size=200), st.lists(st.integers(0, 50)))
def test_what_is_taken_and_what_is_left_are_the_whole(data: bytes, counts: list[int]) -> None:
    one = chunk(data)
    taken = b"".join(one.take(count) for count in counts)
    assert taken + one.data == data
    assert len(one) == len(one.data)
