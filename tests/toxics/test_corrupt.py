"""corrupt: a few wrong bits."""

import pytest

from tests.path.tools import body
from tests.peers import receive_exactly
from tests.toxics.tools import DOWN, STREAMS, alone, chunks, session, toxic
from vaurien.toxics.corrupt import Corrupt


def corrupted(data: bytes, probability: float, key: int = 1) -> bytes:
    [chunk] = chunks(data)
    assert alone(Corrupt, key, probability=probability).shape(chunk) is None  # type: ignore[func-returns-value]
    return chunk.data


def flips(one: bytes, other: bytes) -> int:
    assert len(one) == len(other)
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


@pytest.mark.parametrize("probability", [0.0, 0.0005, 0.01, 0.25, 0.5, 1.0])
def test_each_bit_is_flipped_with_the_same_probability(probability: float) -> None:
    data = body(65536)
    expected = probability * 8 * len(data)
    assert abs(flips(data, corrupted(data, probability)) - expected) <= max(6 * expected**0.5, 0)


def test_all_places_are_reached() -> None:
    flipped = corrupted(bytes(4), 0.5), corrupted(bytes(4), 1.0)
    assert flipped[1] == b"\xff" * 4
    places = {place for key in range(300) for place, byte in enumerate(corrupted(bytes(4), 0.1, key)) if byte}
    assert places == {0, 1, 2, 3}


def test_the_same_seed_flips_the_same() -> None:
    data = body(5000)
    assert corrupted(data, 0.01, 1) == corrupted(data, 0.01, 1) != corrupted(data, 0.01, 2)


def test_by_default_one_bit_in_a_thousand() -> None:
    assert Corrupt.options["probability"].default == 0.001


@pytest.mark.parametrize("stream", STREAMS)
def test_as_many_bytes_arrive_with_some_bits_wrong(stream: str) -> None:
    data = body(200_000)
    with session(toxic("corrupt", probability=0.001, stream=stream)) as ends:
        source, dest = ends.sides(stream)
        source.sendall(data)
        assert 1000 < flips(receive_exactly(dest, len(data)), data) < 2300
        assert ends.held(stream) == 0
        ends.put()
        source.sendall(data)
        assert receive_exactly(dest, len(data)) == data


def test_two_of_them_do_not_undo_each_other() -> None:
    two = [toxic("corrupt", name=name, probability=0.01) for name in ("one", "two")]
    with session(*two) as ends:
        ends.backend.sendall(bytes(10_000))
        assert 1200 < flips(receive_exactly(ends.client, 10_000), bytes(10_000)) < 2000
        assert ends.held(DOWN) == 0
