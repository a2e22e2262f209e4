"""latency: late, one behind the other."""

import statistics
import time

import pytest

from tests.handlers.tools import until_end
from tests.path.tools import body
from tests.peers import receive_all, receive_exactly
from tests.toxics.tools import (
    DOWN,
    LONG,
    SLACK,
    STREAMS,
    UP,
    alone,
    chunks,
    nothing_comes,
    passes,
    session,
    timed,
    toxic,
)
from vaurien.distributions import DISTRIBUTIONS
from vaurien.toxics.latency import Latency

both_streams = pytest.mark.parametrize("stream", STREAMS)


@both_streams
def test_a_chunk_is_late_by_so_many_milliseconds(stream: str) -> None:
    with session(toxic("latency", latency=80, stream=stream)) as ends:
        _, took = timed(lambda: passes(ends, stream))
        assert 0.08 <= took < 0.08 + SLACK
        assert passes(ends, UP if stream == DOWN else DOWN)
        assert ends.held(stream) == 0
        assert ends.held(UP if stream == DOWN else DOWN) == -1


def test_by_default_nothing_is_late() -> None:
    assert {name: option.default for name, option in Latency.options.items()} == {
        "latency": 0,
        "jitter": 0,
        "distribution": "uniform",
    }
    with session(toxic("latency")) as ends:
        assert passes(ends, DOWN)


@both_streams
def test_a_thousand_chunks_at_once_are_late_together(stream: str) -> None:
    """On a line, what is sent does not wait for what was sent before to arrive."""
    pieces = [b"%06d" % number for number in range(1000)]
    with session(toxic("latency", latency=100, stream=stream)) as ends:
        source, dest = ends.sides(stream)
        start = time.monotonic()
        for piece in pieces:
            source.sendall(piece)
        assert receive_exactly(dest, 6000) == b"".join(pieces)
        assert 0.1 <= time.monotonic() - start < 0.1 + SLACK  # a thousand, one after the other, take 100 s


def test_each_chunk_is_late_from_its_own_arrival() -> None:
    with session(toxic("latency", latency=150)) as ends:
        start = time.monotonic()
        ends.backend.sendall(b"first")
        time.sleep(0.05)  # the second is sent later: that is what is measured
        later = time.monotonic()
        ends.backend.sendall(b"second")
        assert receive_exactly(ends.client, 5) == b"first"
        assert time.monotonic() - start >= 0.15
        assert receive_exactly(ends.client, 6) == b"second"
        assert time.monotonic() - later >= 0.15


def test_the_end_comes_behind_the_last_chunk() -> None:
    with session(toxic("latency", latency=80)) as ends:
        start = time.monotonic()
        ends.backend.sendall(b"bye")
        ends.backend.close()
        assert until_end(ends.client) == (b"bye", "closed")
        assert 0.08 <= time.monotonic() - start < 0.08 + SLACK


def test_the_connect_and_an_end_without_bytes_are_not_late() -> None:
    with session(toxic("latency", latency=LONG)) as ends:
        ends.backend.close()
        assert receive_all(ends.client) == b""


def test_many_bytes_arrive_as_they_are() -> None:
    data = body(3_000_000)
    with session(toxic("latency", latency=20, jitter=20, stream=UP)) as ends:
        ends.client.sendall(data)
        assert receive_exactly(ends.backend, len(data)) == data
        assert ends.held(UP) == 0


def test_less_latency_releases_what_is_held_at_once() -> None:
    with session(toxic("latency", latency=LONG)) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        assert nothing_comes(ends, DOWN)
        ends.put(toxic("latency", latency=0))
        assert receive_exactly(ends.client, 4) == b"held"


def test_more_latency_counts_from_the_arrival() -> None:
    with session(toxic("latency", latency=LONG)) as ends:
        start = time.monotonic()
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        ends.put(toxic("latency", latency=150))
        assert receive_exactly(ends.client, 4) == b"held"
        assert 0.15 <= time.monotonic() - start < 0.15 + SLACK


def test_taken_away_it_releases_what_it_holds() -> None:
    with session(toxic("latency", latency=LONG)) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        ends.put()
        assert receive_exactly(ends.client, 4) == b"held"
        ends.wait_fast(DOWN)


# jitter


def delays(distribution: str, latency: int = 100, jitter: int = 30, count: int = 4000) -> list[float]:
    """What so many chunks draw, in milliseconds."""
    late = alone(Latency, latency=latency, jitter=jitter, distribution=distribution)
    return [1000 * late.delay(chunk) for chunk in chunks(*[b"x"] * count)]


def test_uniform_jitter_stays_within_its_bounds_and_fills_them() -> None:
    drawn = delays("uniform")
    assert all(70 <= delay <= 130 for delay in drawn)
    assert min(drawn) < 71
    assert max(drawn) > 129
    assert abs(statistics.mean(drawn) - 100) < 1.5


@pytest.mark.parametrize("distribution", ["normal", "lognormal"])
def test_mean_and_deviation(distribution: str) -> None:
    drawn = delays(distribution)
    assert abs(statistics.mean(drawn) - 100) < 2
    assert abs(statistics.stdev(drawn) - 30) < 3


@pytest.mark.parametrize("distribution", ["pareto", "exponential"])
def test_an_excess(distribution: str) -> None:
    drawn = delays(distribution)
    assert min(drawn) >= 100
    assert abs(statistics.mean(drawn) - 130) < 4


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_without_jitter_all_are_the_same(distribution: str) -> None:
    assert set(delays(distribution, jitter=0, count=50)) == {100.0}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_same_seed_draws_the_same(distribution: str) -> None:
    assert delays(distribution, count=50) == delays(distribution, count=50)
    assert len(set(delays(distribution, count=50))) == 50


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_jitter_never_changes_the_order(distribution: str) -> None:
    data = body(60_000)
    with session(toxic("latency", latency=5, jitter=5, distribution=distribution)) as ends:
        for start in range(0, len(data), 600):
            ends.backend.sendall(data[start : start + 600])
        assert receive_exactly(ends.client, len(data)) == data


def test_jitter_that_is_greater_than_latency_is_never_before_the_arrival() -> None:
    with session(toxic("latency", latency=10, jitter=30)) as ends:
        for _ in range(20):
            assert passes(ends, DOWN)
