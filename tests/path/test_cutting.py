"""Many sessions are cut a few at a time: whoever waits for the loop has a turn, and they go on for nobody meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from gevent import get_hub

from tests import peers
from tests.control.controlled import controlled
from tests.handlers.tools import until_end
from tests.path.tools import wait_no_sessions
from tests.toxics.tools import DOWN, UP, passes, sessions, toxic
from vaurien import cutting
from vaurien.clock import Clock
from vaurien.cutting import Cutting

get_hub()  # made once in a thread, and so no leak of the first test
COUNT = 20


@pytest.fixture(autouse=True)
def one_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the loop were busy for as long as it may with each."""
    monkeypatch.setattr(cutting, "SLICE", 0.0)


def test_they_go_on_no_more_and_end_one_after_the_other() -> None:
    with sessions(COUNT) as all_ends:
        assert all(passes(ends, DOWN) for ends in all_ends)
        proxy = all_ends[0].daemon.proxy

        def cut() -> tuple[int, int, bool, int]:
            proxy.cut("test")
            return len(proxy.sessions), len(proxy.doomed), proxy.idle.is_set(), proxy.totals_now()["bytes_to_client"]

        assert all_ends[0].daemon.do(cut) == (0, COUNT - 1, False, 5 * COUNT)
        for ends in all_ends:
            assert until_end(ends.client) == until_end(ends.backend) == (b"", "closed")
        all_ends[0].daemon.wait_until(proxy.idle.is_set, "the end of all")
        assert proxy.counters.ended == {"test": COUNT}
        assert all_ends[0].totals()["bytes_to_client"] == 5 * COUNT


def test_one_that_ends_by_itself_meanwhile_has_its_own_cause() -> None:
    with sessions(3) as all_ends:
        daemon = all_ends[0].daemon

        def cut() -> None:
            daemon.proxy.cut("test")
            daemon.proxy.doomed[3].end("of itself")

        daemon.do(cut)
        wait_no_sessions(daemon)
        daemon.wait_until(daemon.proxy.idle.is_set, "the end of all")
        assert daemon.proxy.counters.ended == {"test": 2, "of itself": 1}


@pytest.mark.parametrize("stream", [UP, DOWN])
def test_a_toxic_that_closes_all_when_it_goes_is_gone_at_once_and_they_end_one_after_the_other(stream: str) -> None:
    with sessions(COUNT, toxic("timeout", stream=stream, name="silence")) as all_ends:
        daemon = all_ends[0].daemon
        proxy = daemon.proxy

        def take_away() -> tuple[int, int]:
            settings = daemon.daemon.settings
            (name,) = settings.proxies
            daemon.daemon.apply(replace(settings, proxies={name: replace(settings.proxies[name], toxics=())}))
            return len(proxy.settings.toxics), len(proxy.sessions)

        assert daemon.do(take_away) == (0, COUNT - 1)
        for ends in all_ends:
            assert until_end(ends.client) == until_end(ends.backend) == (b"", "closed")
        wait_no_sessions(daemon)
        assert proxy.counters.ended == {"closed by toxic silence": COUNT}


@pytest.mark.parametrize("stream", [UP, DOWN])
def test_those_that_a_toxic_resets_at_once_end_one_after_the_other(stream: str) -> None:
    def resetting(timeout: int) -> tuple[Any, ...]:
        return (toxic("reset_peer", stream=stream, name="reset", timeout=timeout),)

    with sessions(COUNT, *resetting(3_600_000)) as all_ends:
        daemon = all_ends[0].daemon
        proxy = daemon.proxy

        for ends in all_ends:
            (ends.client if stream == UP else ends.backend).sendall(b"x")
        links = [session.flows[stream == UP].link for session in proxy.sessions.values()]
        daemon.wait_until(lambda: all(link.held for link in links), "the bytes")

        def make_haste() -> int:
            settings = daemon.daemon.settings
            (name,) = settings.proxies
            hasty = replace(settings.proxies[name], toxics=resetting(0))
            daemon.daemon.apply(replace(settings, proxies={name: hasty}))
            return len(proxy.sessions)

        assert daemon.do(make_haste) == COUNT - 1
        for ends in all_ends:
            assert until_end(ends.client) == until_end(ends.backend) == (b"", "reset")
        wait_no_sessions(daemon)
        assert proxy.counters.ended == {"reset by toxic reset": COUNT}


def test_a_daemon_that_stops_waits_for_all() -> None:
    with sessions(COUNT) as all_ends:
        proxy = all_ends[0].daemon.proxy
        all_ends[0].daemon.stop()
    assert proxy.counters.ended == {"shutdown": COUNT}


@pytest.fixture
def clock() -> Iterator[Clock]:
    made = Clock(get_hub().loop)
    yield made
    made.close()


def test_the_loop_turns_between_them(clock: Clock) -> None:
    ended: list[str] = []
    Cutting(clock).cut([SimpleNamespace(end=ended.append)] * COUNT, "test")
    turns = 0
    while len(ended) < COUNT:
        gevent.sleep(0)
        turns += 1
    assert turns >= COUNT - 1
    assert ended == ["test"] * COUNT


def test_one_that_raises_keeps_no_other(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []
    bad, good = SimpleNamespace(end=lambda cause: 1 / 0), SimpleNamespace(end=ended.append)
    with caplog.at_level(logging.ERROR):
        Cutting(clock).cut([bad, good], "test")
        while not ended:
            gevent.sleep(0)
    assert [record.getMessage() for record in caplog.records] == ["internal error in a cut"]


def test_what_is_gathered_within_another_gathering_is_a_part_of_that(clock: Clock) -> None:
    ended: list[str] = []
    together = Cutting(clock)
    with together.gathering():
        for cause in ("first", "second"):
            with together.gathering():
                assert together.gathered is not None
                together.gathered.append((SimpleNamespace(end=ended.append), cause))
        assert ended == []
    while len(ended) < 2:
        gevent.sleep(0)
    assert ended == ["first", "second"] and together.gathered is None


def test_what_the_api_answers_is_true_at_once(echo_backend: peers.Backend) -> None:
    with controlled(echo_backend.address) as api, ExitStack() as stack:
        for _ in range(COUNT):
            stack.enter_context(api.running.connect())
        api.running.wait_until(lambda: len(api.running.proxy.sessions) == COUNT, "all sessions")
        assert api.call("DELETE", "/v1/proxies/default/sessions")[2] == {"cut": COUNT}
        assert api.call("GET", "/v1/proxies/default/sessions")[2] == {"sessions": []}
        api.running.wait_until(api.running.proxy.idle.is_set, "the end of all")
