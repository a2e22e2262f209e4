"""Greenlets for calls: they work on one after the other, and share nothing between two."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import gevent
import pytest
from gevent.event import Event

from vaurien.workers import SPARE, Worker, Workers

gevent.get_hub()  # made once in a thread, and so no leak of the first test

note: ContextVar[str] = ContextVar("note", default="nothing")


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


def work(workers: Workers, job: Callable[[], Any]) -> tuple[int, Any]:
    """Which greenlet has worked on `job`, and what that returned."""
    over = Event()
    result: list[Any] = []

    def noting() -> None:
        result.extend((id(gevent.getcurrent()), job()))
        over.set()

    workers.start(noting)
    assert over.wait(5)
    gevent.sleep(0)  # it goes back to the others
    return result[0], result[1]


def test_one_serves_one_call_after_the_other(workers: Workers) -> None:
    seen = [work(workers, lambda: gevent.sleep(0.001))[0] for _ in range(10)]
    assert len(set(seen)) == 1


def test_as_many_as_there_are_calls_at_once(workers: Workers) -> None:
    go_on, done = Event(), []

    def job() -> None:
        go_on.wait()
        done.append(id(gevent.getcurrent()))

    for _ in range(20):
        workers.start(job)
    gevent.sleep(0)
    assert not done
    go_on.set()
    gevent.sleep(0.01)
    assert len(set(done)) == 20


def test_no_more_than_some_are_kept(workers: Workers) -> None:
    for _ in range(SPARE + 50):
        workers.start(gevent.sleep, 0.001)
    gevent.sleep(0.05)
    gc.collect()
    assert sum(isinstance(thing, Worker) and not thing.dead for thing in gc.get_objects()) == SPARE


def test_a_call_begins_in_an_empty_context(workers: Workers) -> None:
    assert work(workers, lambda: (note.get(), note.set("mine")))[1][0] == "nothing"
    note.set("of the one who starts it")
    assert work(workers, note.get)[1] == "nothing"


def test_a_timeout_that_nobody_has_cancelled_strikes_no_other_call(workers: Workers) -> None:
    timeout = gevent.Timeout(0.02)
    first, _ = work(workers, timeout.start)
    second, struck = work(workers, lambda: gevent.sleep(0.05))
    assert (second != first, struck) == (True, None)


@pytest.mark.parametrize(
    "keep",
    [
        pytest.param(lambda known, links: known.append(gevent.getcurrent()), id="kept"),
        pytest.param(lambda known, links: known.append(gevent.getcurrent().switch), id="its switch is kept"),
        pytest.param(lambda known, links: gevent.getcurrent().rawlink(links.append), id="linked"),
    ],
)
def test_one_that_somebody_knows_is_not_used_again(workers: Workers, keep: Callable[..., None]) -> None:
    known: list[Any] = []
    links: list[Any] = []
    first, _ = work(workers, lambda: keep(known, links))
    assert work(workers, lambda: None)[0] != first
    gevent.sleep(0.01)
    assert not links or id(links[0]) == first


def test_one_that_raises_is_no_loss(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    monkeypatch.setattr(gevent.get_hub(), "handle_error", lambda *error: said.append(error[1]))

    def fail() -> None:
        raise RuntimeError("on purpose")

    workers.start(fail)
    gevent.sleep(0.01)
    assert said == [RuntimeError]
    assert work(workers, lambda: 7)[1] == 7


def test_one_that_is_killed_at_work_is_not_used_again(workers: Workers) -> None:
    begun, ends = Event(), []

    def job() -> None:
        begun.set()
        try:
            gevent.sleep(60)
        finally:
            ends.append(id(gevent.getcurrent()))

    worker = workers.start(job)
    assert begun.wait(5)
    worker.kill(block=False)
    assert worker.join(5) is None and worker.dead and len(ends) == 1
    assert work(workers, lambda: 7)[1] == 7


def test_one_that_is_killed_before_it_begins_works_on_nothing_else(workers: Workers) -> None:
    work(workers, lambda: None)
    worker = workers.start(lambda: None)
    worker.kill()
    assert worker.dead
    assert work(workers, lambda: 7)[1] == 7


def test_waiting_for_the_end_of_its_work(workers: Workers) -> None:
    go_on, seen = Event(), []
    worker = workers.start(go_on.wait)
    waiting = [gevent.spawn(lambda: (worker.wait_over(), seen.append("over"))) for _ in range(2)]
    gevent.sleep(0.01)
    assert not seen
    go_on.set()
    gevent.joinall(waiting, timeout=5)
    assert seen == ["over", "over"]
    worker.wait_over()  # there is none any more


def test_nothing_is_left_after_the_end() -> None:
    workers = Workers()
    for _ in range(3):
        workers.start(gevent.sleep, 0.001)
    gevent.sleep(0.01)
    workers.close()
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, Worker) and not thing.dead]
