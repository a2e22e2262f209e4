"""corrupt: a few wrong bytes."""

import random
import socket

import pytest

from tests.handlers.tools import ask, handled, in_call, same, until_end, witnesses
from tests.running import running
from vaurien.chance import draw
from vaurien.errors import ConfigError
from vaurien.handlers.corrupt import Corrupt

MEGABYTE = random.Random(0).randbytes(1_000_000)
QUESTION = b"What is the answer?!"


def corrupted(data: bytes, rate: float, key: int = 1) -> bytes:
    """What one call makes of `data`."""
    handler = Corrupt({"rate": rate})
    return in_call(lambda: handler.corrupted(data), key=key)


def places(data: bytes, rate: float, key: int = 1) -> list[int]:
    """Which bytes of `data` one call changes."""
    changed = corrupted(data, rate, key)
    assert len(changed) == len(data)
    return [place for place, (old, new) in enumerate(zip(data, changed, strict=True)) if old != new]


# what the peers see


def test_some_bytes_differ_and_the_length_stays() -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:corrupt", {"corrupt.rate": 0.2}, seed=1) as daemon,
        daemon.connect() as client,
    ):
        for _ in range(20):
            answer = ask(client, QUESTION)
            assert 1 <= sum(old != new for old, new in zip(QUESTION, answer, strict=True)) < len(QUESTION)
        assert server.witness().data == QUESTION * 20
        assert handled(daemon, "corrupt") == [20, 0]


def test_at_least_one_byte_of_each_call_changes() -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:corrupt", {"corrupt.rate": 0.000001}, seed=1) as daemon,
        daemon.connect() as client,
    ):
        for question in (QUESTION, b"x", b"ab"):
            answer = ask(client, question)
            assert sum(old != new for old, new in zip(question, answer, strict=True)) == 1


@pytest.mark.parametrize(("rate", "changed"), [(0, 0), (1, len(QUESTION))])
def test_none_and_all(rate: int, changed: int) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:corrupt", {"corrupt.rate": rate}) as daemon,
        daemon.connect() as client,
    ):
        answer = ask(client, QUESTION)
        assert sum(old != new for old, new in zip(QUESTION, answer, strict=True)) == changed


def test_the_share_of_a_megabyte_is_near_the_rate() -> None:
    """The calls are cut by timing, so the number is not the same each time: 10 000, give or take ten deviations."""
    with (
        witnesses(same) as server,
        running(server.address, "100:corrupt", seed=1) as daemon,
        daemon.connect() as client,
    ):
        server.witness().sock.sendall(MEGABYTE)
        client.shutdown(socket.SHUT_WR)
        answer, _ = until_end(client)
        assert sum(old != new for old, new in zip(MEGABYTE, answer, strict=True)) == pytest.approx(10_000, abs=1000)


@pytest.mark.parametrize(("direction", "calls"), [("to_backend", [0, 1]), ("both", [1, 1])])
def test_direction_says_whose_bytes_change(direction: str, calls: list[int]) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:corrupt", {"corrupt.direction": direction}, seed=1) as daemon,
        daemon.connect() as client,
    ):
        answer = ask(client, QUESTION)
        heard = bytes(server.witness().data)
        assert len(heard) == len(QUESTION)
        assert heard != QUESTION
        assert (answer == heard) == (direction == "to_backend")
        assert handled(daemon, "corrupt") == calls


# the draws


def test_the_same_call_changes_the_same_bytes() -> None:
    assert corrupted(MEGABYTE, 0.01) == corrupted(MEGABYTE, 0.01)
    assert corrupted(MEGABYTE, 0.01) != corrupted(MEGABYTE, 0.01, key=2)


@pytest.mark.parametrize(
    ("rate", "size"), [(0.0001, 1_000_000), (0.01, 1_000_000), (0.3, 100_000), (0.5, 100_000), (0.99, 100_000)]
)
def test_each_byte_changes_with_the_probability_rate(rate: float, size: int) -> None:
    changed = places(MEGABYTE[:size], rate)
    deviation = (size * rate * (1 - rate)) ** 0.5
    assert len(changed) == pytest.approx(size * rate, abs=4 * deviation)
    tenths = [place * 10 // size for place in changed]  # in each tenth of the data as often
    for tenth in range(10):
        assert tenths.count(tenth) == pytest.approx(size / 10 * rate, abs=4 * deviation / 10**0.5)


def test_a_byte_becomes_any_other_value() -> None:
    changed = corrupted(bytes(100_000), 1)
    assert set(changed) == set(range(1, 256))


def test_the_first_and_the_last_byte_change_as_often_as_others() -> None:
    """Of four bytes, with one change for sure: each has it in a quarter of the calls."""
    counts = [0, 0, 0, 0]
    for number in range(4000):
        for place in places(b"abcd", 1e-9, draw(3, number)):
            counts[place] += 1
    assert sum(counts) == 4000
    assert all(count == pytest.approx(1000, abs=4 * 750**0.5) for count in counts)


@pytest.mark.parametrize("rate", [1e-300, 1e-309, 5e-324])
def test_the_smallest_rates_change_one_byte(rate: float) -> None:
    """From one change to the next it is further than a float can say."""
    assert len(places(MEGABYTE, rate)) == 1


@pytest.mark.parametrize("value", ["-0.1", "1.1", "much"])
def test_wrong_values_are_refused(value: str) -> None:
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), "100:corrupt", {"corrupt.rate": value}):
        pass
    assert str(raised.value) == f"--handlers.corrupt.rate: expected a number from 0 to 1, not {value!r}"
