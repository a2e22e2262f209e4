"""The shares: each of the calls of its own direction, and of all of them."""

from __future__ import annotations

from math import isclose

import gevent

from tests.demo.hub import in_hub
from vaurien.demo.client import Kind
from vaurien.demo.shares import Taken, calls_so_far
from vaurien.demo.stage import Stage


def test_margin_is_two_standard_deviations() -> None:
    assert isclose(Taken("delay", 0.2, 0, 1600, True).margin, 2 * (0.2 * 0.8 / 1600) ** 0.5)
    assert Taken("delay", 0.2, 0, 0, True).margin <= 1
    assert Taken("delay", 0.2, 0, 0, True).share == 0


def test_calls_of_living_sessions_count() -> None:
    """A share of the ended sessions alone would leave out just the calls that are being delayed."""

    def living() -> tuple[int, int, int]:
        stage = Stage(10)
        try:
            while not (waiting := [session for session in stage.proxy.sessions.values() if session.counts]):
                gevent.sleep(0.001)
            ended = stage.proxy.counters.all_calls[True]
            return len(waiting), ended, calls_so_far(stage.proxy, True)
        finally:
            stage.stop()

    waiting, ended, so_far = in_hub(living)
    assert so_far >= ended + waiting > ended


def test_each_share_is_of_its_own_direction_and_adds_up() -> None:
    def played() -> Stage:
        stage = Stage(10)
        while stage.traffic.through.requests < 200:
            gevent.sleep(0.01)
        stage.stop()
        return stage

    stage = in_hub(played)
    tally = stage.traffic.through
    delay, error, abort = stage.shares()
    assert [(share.name, share.asked, share.to_backend) for share in (delay, error, abort)] == [
        ("delay", 0.2, True),
        ("error", 0.05, False),
        ("abort", 0.05, True),
    ]
    assert delay.of == abort.of == tally.requests
    assert error.of == tally.requests - abort.calls
    assert tally.counts[Kind.RESET] == abort.calls
    assert tally.counts[Kind.GARBAGE] == error.calls
    assert tally.counts[Kind.LATE] + tally.late_garbage >= delay.calls > 0
    assert tally.latencies.total == tally.requests - abort.calls
    assert stage.traffic.direct.requests == stage.traffic.direct.latencies.total
