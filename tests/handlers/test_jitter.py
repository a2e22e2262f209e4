"""delay's jitter: how the distributions spread it, by draws that are the same each time."""

import math
import statistics
import time

import pytest

from tests.handlers.tools import SLACK, ask, in_call, same, source, witnesses
from tests.running import running
from vaurien.chance import draw
from vaurien.distributions import DISTRIBUTIONS
from vaurien.handlers.delay import Delay

MANY = 8000


def waits(count: int, **options: object) -> list[float]:
    """How long `count` calls wait that differ in nothing but their keys."""
    handler = Delay(options)
    return [in_call(lambda: handler.pause(handler.call), key=draw(7, number)) for number in range(count)]


@pytest.mark.parametrize("distribution", list(DISTRIBUTIONS))
def test_without_jitter_all_wait_as_long(distribution: str) -> None:
    assert set(waits(10, sleep=2.5, distribution=distribution)) == {2.5}


def test_uniform_is_plus_or_minus_jitter() -> None:
    seen = waits(MANY, sleep=1.0, jitter=0.4)
    assert 0.6 <= min(seen) < 0.601
    assert 1.399 < max(seen) <= 1.4
    assert statistics.fmean(seen) == pytest.approx(1.0, abs=0.01)
    assert statistics.pstdev(seen) == pytest.approx(0.4 / math.sqrt(3), rel=0.02)


@pytest.mark.parametrize("distribution", ["normal", "lognormal"])
def test_normal_and_lognormal_have_the_mean_sleep_and_the_deviation_jitter(distribution: str) -> None:
    seen = waits(MANY, sleep=1.0, jitter=0.25, distribution=distribution)
    assert statistics.fmean(seen) == pytest.approx(1.0, abs=0.01)
    assert statistics.pstdev(seen) == pytest.approx(0.25, rel=0.03)
    skew = statistics.fmean(((value - 1.0) / 0.25) ** 3 for value in seen)
    variation = 0.25
    assert skew == pytest.approx(0.0 if distribution == "normal" else 3 * variation + variation**3, abs=0.15)


@pytest.mark.parametrize("distribution", ["pareto", "exponential"])
def test_pareto_and_exponential_wait_at_least_sleep_with_an_excess_of_mean_jitter(distribution: str) -> None:
    seen = waits(MANY, sleep=1.0, jitter=0.25, distribution=distribution)
    assert 1.0 <= min(seen) < 1.001
    assert statistics.fmean(seen) == pytest.approx(1.25, abs=0.01)


@pytest.mark.parametrize("excess", [0.5, 4.0])
def test_longer_waits_are_as_rare_as_their_distributions_say(excess: float) -> None:
    """Of mean excess 1, longer than x are e**-x, and (1 + x/2)**-3 with Pareto's shape 3."""
    for distribution, share in (("exponential", math.exp(-excess)), ("pareto", (1 + excess / 2) ** -3.0)):
        seen = waits(MANY, sleep=0.0, jitter=1.0, distribution=distribution)
        deviation = (MANY * share * (1 - share)) ** 0.5
        assert sum(value > excess for value in seen) == pytest.approx(MANY * share, abs=3 * deviation)


def test_a_delay_below_zero_is_zero() -> None:
    for distribution in DISTRIBUTIONS:
        seen = waits(1000, sleep=0.1, jitter=1.0, distribution=distribution)
        assert min(seen) >= 0
        if distribution in ("uniform", "normal"):
            assert 0.3 < seen.count(0.0) / 1000 < 0.5


@pytest.mark.parametrize("distribution", list(DISTRIBUTIONS))
def test_jitter_needs_no_sleep(distribution: str) -> None:
    seen = waits(100, sleep=0.0, jitter=0.5, distribution=distribution)
    assert all(0 <= value < 60 for value in seen)


def test_the_jitter_that_a_session_sees_is_that_of_its_draw() -> None:
    options = {"delay.sleep": 0.1, "delay.jitter": 0.1}
    with (
        witnesses(same) as server,
        running(server.address, "100:delay", options, seed=3) as daemon,
        daemon.connect() as client,
    ):
        for call in (1, 2, 3):
            expected = source(3, 1, True, call, "jitter").uniform(0.0, 0.2)
            start = time.monotonic()
            assert ask(client, b"hello") == b"hello"
            assert expected <= time.monotonic() - start < expected + SLACK
