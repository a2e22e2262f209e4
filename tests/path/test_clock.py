"""Alarms: never early, in their order, and gone when they are cancelled."""

from __future__ import annotations

import gc
import random
import time
import weakref
from collections.abc import Iterator
from functools import partial
from typing import Any

import gevent
import pytest
from gevent import get_hub
from hypothesis import given, settings
from hypothesis import strategies as st

from vaurien import clock as clock_module
from vaurien.clock import Clock
from vaurien.timer import Timer

get_hub()  # made once in a thread, and so no leak of the first test


@pytest.fixture(params=["kernel", "loop"])
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A clock with the kernel's timer, and one where there is none."""
    if request.param == "loop":
        monkeypatch.setattr(Timer, "make", classmethod(lambda cls: None))
    made = Clock(get_hub().loop)
    yield made
    made.close()


def wait_for(condition: Any, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        gevent.sleep(0.001)


def test_nobody_is_early(clock: Clock) -> None:
    early: list[float] = []
    rung: list[float] = []
    for _ in range(300):
        moment = time.monotonic() + random.uniform(-0.001, 0.05)

        def ring(moment: float = moment) -> None:
            rung.append(moment)
            if time.monotonic() < moment:
                early.append(moment)

        clock.at(moment, ring)
        gevent.sleep(0)
    wait_for(lambda: len(rung) == 300)
    assert not early


def test_they_ring_in_the_order_of_their_moments_and_equal_ones_as_they_came(clock: Clock) -> None:
    rung: list[int] = []
    start = time.monotonic() + 0.01
    for number, tick in enumerate((3, 1, 2, 1, 0, 3)):
        clock.at(start + tick * 0.002, lambda number=number: rung.append(number))  # type: ignore[misc]
    wait_for(lambda: len(rung) == 6)
    assert rung == [4, 1, 3, 2, 0, 5]


def test_an_alarm_may_set_another_an_earlier_one_too(clock: Clock) -> None:
    rung: list[str] = []
    now = time.monotonic()
    clock.at(now + 0.04, lambda: rung.append("late"))

    def first() -> None:
        rung.append("first")
        clock.at(time.monotonic() + 0.002, lambda: rung.append("second"))
        clock.at(now - 1, lambda: rung.append("long ago"))

    clock.at(now + 0.002, first)
    wait_for(lambda: len(rung) == 4)
    assert rung == ["first", "long ago", "second", "late"]


def test_a_cancelled_alarm_is_silent_and_forgets_whom_it_would_call(clock: Clock) -> None:
    class Owner:
        def ring(self) -> None:
            rung.append("cancelled")

    rung: list[str] = []
    owner = Owner()
    gone = weakref.ref(owner)
    alarm = clock.at(time.monotonic() + 0.005, owner.ring)
    clock.at(time.monotonic() + 0.02, lambda: rung.append("other"))
    clock.cancel(alarm)
    clock.cancel(alarm)
    del owner
    gc.collect()
    assert gone() is None
    wait_for(lambda: rung)
    assert rung == ["other"]


def test_cancelled_alarms_do_not_pile_up(clock: Clock) -> None:
    far = time.monotonic() + 3600
    for _ in range(10_000):
        clock.cancel(clock.at(far, lambda: None))
    assert len(clock._alarms) < 300


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=300))
def test_those_ring_that_are_not_cancelled_whatever_happens_between(plan: list[tuple[int, bool]]) -> None:
    clock = Clock(get_hub().loop)
    try:
        rung: list[int] = []
        start = time.monotonic()
        alarms = [
            clock.at(start + tick / 10_000, lambda number=number: rung.append(number))  # type: ignore[misc]
            for number, (tick, _) in enumerate(plan)
        ]
        for alarm, (_, cancelled) in zip(alarms, plan, strict=True):
            if cancelled:
                clock.cancel(alarm)
        wanted = sorted((tick, number) for number, (tick, cancelled) in enumerate(plan) if not cancelled)
        wait_for(lambda: len(rung) == len(wanted))
        assert rung == [number for _, number in wanted]
        assert clock._cancelled == len(clock._alarms) or not clock._alarms
    finally:
        clock.close()


def test_one_that_raises_is_logged_and_the_others_ring(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    rung: list[str] = []

    def fail() -> None:
        raise RuntimeError("on purpose")

    now = time.monotonic()
    clock.at(now, fail)
    clock.at(now, lambda: rung.append("other"))
    wait_for(lambda: rung)
    assert [record.message for record in caplog.records] == ["internal error in an alarm"]


def test_a_sleep_is_never_short_and_ends_with_its_greenlet(clock: Clock) -> None:
    for seconds in (0.0, 0.0005, 0.003):
        start = time.monotonic()
        clock.sleep(seconds)
        assert time.monotonic() - start >= seconds
    sleeper = gevent.spawn(clock.sleep, 3600)
    gevent.sleep(0)
    sleeper.kill()
    assert clock._cancelled == 1


def test_nothing_is_left_after_the_end() -> None:
    loop = get_hub().loop
    before = loop.activecnt
    clock = Clock(loop)
    clock.at(time.monotonic() + 3600, lambda: None)
    assert loop.activecnt == before + 1
    clock.close()
    assert loop.activecnt == before


def test_many_that_ring_together_leave_turns_of_the_loop_to_others(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "SLICE", 0.0)
    turn = 0
    rung: list[tuple[int, int]] = []

    def ring(number: int) -> None:
        rung.append((number, turn))

    moment = time.monotonic()
    for number in range(20):
        clock.at(moment, partial(ring, number))
    while len(rung) < 20:
        gevent.sleep(0)
        turn += 1
    assert [number for number, _ in rung] == list(range(20))
    assert len({turn for _, turn in rung}) == 20
