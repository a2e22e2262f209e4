"""slicer: in small pieces."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.path.tools import body
from tests.peers import receive_exactly
from tests.toxics.tools import DOWN, SLACK, STREAMS, alone, chunks, session, timed, toxic
from vaurien.toxics.slicer import Slicer


def sizes(average: int, variation: int, size: int, key: int = 1) -> list[int]:
    [chunk] = chunks(bytes(size))
    return alone(Slicer, key, average_size=average, size_variation=variation).sizes(chunk)


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(0, 2999), st.integers(1, 70_000), st.integers(0, 10))
def test_pieces_add_up_and_stay_within_bounds(average: int, variation: int, size: int, key: int) -> None:
    variation = min(variation, average - 1)
    found = sizes(average, variation, size, key)
    assert sum(found) == size
    assert min(found) > 0
    assert max(found) <= average + variation


def test_they_spread_around_the_average() -> None:
    found = sizes(100, 20, 65536)
    assert len(set(found)) > 20
    assert 40 <= sum(found) / len(found) <= 120
    assert min(found) >= 40


def test_single_bytes() -> None:
    assert sizes(1, 0, 1000) == [1] * 1000


def test_with_an_average_of_0_nothing_is_cut() -> None:
    assert {name: option.default for name, option in Slicer.options.items()} == {
        "average_size": 0, "size_variation": 0, "delay": 0,
    }  # fmt: skip
    assert sizes(0, 0, 65536) == [65536]


def test_the_same_key_cuts_the_same() -> None:
    assert sizes(50, 30, 10_000, 1) == sizes(50, 30, 10_000, 1) != sizes(50, 30, 10_000, 2)


def test_what_is_passed_on_are_the_pieces_with_a_pause_after_each() -> None:
    slicer = alone(Slicer, average_size=10, size_variation=3, delay=2000)
    [chunk] = chunks(body(500))
    steps = list(slicer.shape(chunk))
    assert b"".join(steps[::2]) == body(500)  # type: ignore[arg-type]
    assert steps[1::2] == [0.002] * (len(steps) // 2)
    assert max(map(len, steps[::2])) <= 13  # type: ignore[arg-type]
    assert not chunk


@pytest.mark.parametrize("stream", STREAMS)
def test_the_pause_is_in_microseconds(stream: str) -> None:
    with session(toxic("slicer", average_size=10, delay=5000, stream=stream)) as ends:
        source, dest = ends.sides(stream)
        _, took = timed(lambda: (source.sendall(body(160)), receive_exactly(dest, 160)))
        pieces = 16
        assert (pieces - 1) * 0.005 <= took < SLACK


def test_all_bytes_arrive_as_they_are() -> None:
    data = body(500_000)
    with session(toxic("slicer", average_size=100, size_variation=50)) as ends:
        ends.backend.sendall(data)
        assert receive_exactly(ends.client, len(data)) == data


def test_other_sizes_hold_for_the_rest_of_the_chunk_at_once() -> None:
    data = body(1000)
    with session(toxic("slicer", average_size=1, delay=10**6)) as ends:
        ends.backend.sendall(data)
        assert receive_exactly(ends.client, 1) == data[:1]
        start = time.monotonic()
        ends.put(toxic("slicer", average_size=500))
        assert receive_exactly(ends.client, 999) == data[1:]
        assert time.monotonic() - start < SLACK
        assert ends.held(DOWN) == 0
