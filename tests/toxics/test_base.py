"""Users' own toxics: what they are told, what they may do, and what happens when they do wrong."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.handlers.tools import until_end
from tests.path.tools import SCRIPTED, pass_on, script, wait_no_sessions
from tests.peers import receive_all, receive_exactly
from tests.toxics import own
from tests.toxics.tools import DOWN, UP, alone, chunks, passes, put, session, sessions, toxic
from vaurien.toxics import Toxic
from vaurien.toxics.base import seconds

Errors = Callable[[], list[logging.LogRecord]]


@pytest.fixture
def told() -> Iterator[list[Any]]:
    """What `Telling` is told in this test."""
    own.Telling.told.clear()
    yield own.Telling.told
    own.Telling.told.clear()


def test_a_plain_method_changes_the_bytes() -> None:
    with session(toxic(own.Shout)) as ends:
        ends.backend.sendall(b"hello")
        assert receive_exactly(ends.client, 5) == b"HELLO"


def test_a_generator_passes_pieces_on() -> None:
    with session(toxic(own.Stutter, times=3, pause=0.001)) as ends:
        ends.backend.sendall(b"abc")
        ends.backend.shutdown(1)
        assert receive_all(ends.client) == b"aaabbbccc"


def test_any_iterator_serves() -> None:
    with session(toxic(own.Listed)) as ends:
        ends.backend.sendall(b"hello")
        assert receive_exactly(ends.client, 7) == b"<hello>"


def test_a_constructor_need_not_call_the_bases() -> None:
    with session(toxic(own.WithoutSuper, mark="m")) as ends:
        ends.backend.sendall(b"hello")
        assert receive_exactly(ends.client, 6) == b"mhello"


def test_one_without_a_name() -> None:
    with session(toxic(own.Nameless)) as ends:
        ends.backend.sendall(b"abc")
        assert receive_exactly(ends.client, 3) == b"cba"


def test_two_of_a_kind_stand_beside_each_other() -> None:
    two = [toxic(own.WithoutSuper, name=name, mark=name) for name in ("1", "2")]
    with session(*two) as ends:
        ends.backend.sendall(b"hello")
        assert receive_exactly(ends.client, 8) == b"212hello"  # the second marks each piece of the first


def test_what_they_share_is_shared_among_all_flows_of_one_toxic() -> None:
    with sessions(2, toxic(own.Counting), toxic(own.Counting, name="other")) as (one, two):
        for ends, expected in ((one, b"1 "), (two, b"2 "), (one, b"3 ")):
            ends.backend.sendall(b"x")
            assert receive_exactly(ends.client, 2) == expected


def test_what_it_shares_survives_a_change_and_is_gone_with_it() -> None:
    with session(toxic(own.Counting)) as ends:
        for times in (1, 2):
            ends.backend.sendall(b"x")
            assert receive_exactly(ends.client, 2) == b"%d " % times
            ends.put(toxic("noop"), toxic(own.Counting))
        ends.put()
        ends.put(toxic(own.Counting))
        ends.backend.sendall(b"x")
        assert receive_exactly(ends.client, 2) == b"1 "


def test_idle_speaks_into_the_silence() -> None:
    with session(toxic(own.Heartbeat)) as ends:
        assert receive_exactly(ends.client, 3) == b"..."
        ends.put()
        ends.wait_fast(DOWN)
        one = next(iter(ends.daemon.proxy.sessions.values()))
        assert ends.daemon.do(lambda: one.bytes(False)) >= 3
        assert one.received(False) == 0


def test_what_it_is_told(told: list[Any]) -> None:
    with session(toxic(own.Telling)) as ends:
        assert passes(ends, DOWN, b"one")
        assert passes(ends, DOWN, b"two")
        ends.put(toxic(own.Telling, any=1))
        ends.put(toxic("noop"), toxic(own.Telling, any=1))
        assert told == [
            "idle",
            ("shape", b"one", 1, False, True),
            "idle",
            ("shape", b"two", 2, False, True),
            "idle",
            "changed to 1",
            "idle",
        ]
        told.clear()
        ends.backend.shutdown(1)
        assert receive_all(ends.client) == b""
        ends.daemon.do(lambda: None)
        assert told == [("ending", b"", 3, True), "idle"]


def test_it_is_told_that_it_is_taken_away(told: list[Any]) -> None:
    with session(toxic(own.Telling)) as ends:
        ends.put()
        ends.wait_fast(DOWN)
        assert told == ["idle", "removed"]


def test_a_session_that_ends_does_not_take_it_away(told: list[Any]) -> None:
    with session(toxic(own.Telling)) as ends:
        ends.daemon.do(lambda: ends.daemon.proxy.cut("test"))
    assert told == ["idle"]


def test_one_that_takes_itself_away_loses_nothing() -> None:
    with session(toxic(own.Once)) as ends:
        ends.backend.sendall(b"hello")
        assert receive_exactly(ends.client, 5) == b"hello"
        ends.wait_fast(DOWN)
        assert passes(ends, DOWN)


# what goes wrong


def fails(kind: type[Toxic], errors: Errors, behavior: str = "", **options: Any) -> logging.LogRecord:
    """Says something through a toxic that fails: the session ends, and nothing else. Returns what is logged."""
    with script(pass_on), session(toxic(kind, **options), behavior=behavior) as ends:
        ends.backend.sendall(b"hello")
        assert until_end(ends.client) == (b"", "closed")
        wait_no_sessions(ends.daemon)
        assert ends.daemon.proxy.counters.ended == {f"error in toxic {kind.name}": 1}
        assert ends.daemon.proxy.counters.errors == 1
        put(ends.daemon)
        ends.daemon.do(lambda: None)
    [record] = errors()
    assert record.name == "vaurien.session"
    assert (record.proxy, record.session) == ("default", 1)  # type: ignore[attr-defined]
    return record


@pytest.mark.parametrize("behavior", ["", SCRIPTED], ids=["relayed", "by a handler"])
@pytest.mark.parametrize("error", ["ZeroDivisionError", "SystemExit", "KeyboardInterrupt", "GeneratorExit", "OSError"])
def test_one_that_raises_ends_its_session(error: str, behavior: str, errors: Errors) -> None:
    record = fails(own.Raising, errors, behavior, error=f"{error}()")
    assert record.getMessage() == f"toxic raising raised {error}"
    assert record.exc_info is not None


@pytest.mark.parametrize(
    "step", ["None", "True", "'text'", "bytearray(b'x')", "memoryview(b'x')", "inf - inf", "[1]", "1j", "'x' * 10000"]
)
def test_one_that_yields_nonsense_ends_its_session(step: str, errors: Errors) -> None:
    record = fails(own.Nonsense, errors, step=step)
    assert record.getMessage() == "toxic nonsense raised TypeError"
    assert record.exc_info is not None
    assert str(record.exc_info[1]).startswith("it must yield seconds or bytes, not ")
    assert len(str(record.exc_info[1])) < 100


def test_one_that_returns_no_steps_ends_its_session(errors: Errors) -> None:
    assert fails(own.NoSteps, errors).getMessage() == "toxic no_steps raised TypeError"


def test_one_that_blocks_ends_its_session(errors: Errors) -> None:
    assert "blocking" in fails(own.Blocking, errors).getMessage()


def test_a_number_that_is_too_large_ends_its_session(errors: Errors) -> None:
    assert fails(own.Nonsense, errors, step="10 ** 400").getMessage() == "toxic nonsense raised OverflowError"


def test_one_that_cannot_be_made_for_a_flow_ends_its_session(errors: Errors) -> None:
    own.SometimesUnmade.made = 0
    with session() as ends:
        ends.put(toxic("noop"), toxic(own.SometimesUnmade))
        assert until_end(ends.client) == (b"", "closed")
        wait_no_sessions(ends.daemon)
    assert [record.getMessage() for record in errors()] == ["toxic sometimes_unmade raised ConfigError"]


def test_a_new_session_too(errors: Errors) -> None:
    own.SometimesUnmade.made = 0
    with session() as ends:
        with ends.daemon.connect() as client:  # the backend's queue holds it
            ends.daemon.wait_until(lambda: len(ends.daemon.proxy.sessions) == 2)
            own.SometimesUnmade.made = 0
            ends.put(toxic(own.SometimesUnmade))
            assert until_end(client)[0] == b""
        wait_no_sessions(ends.daemon)
        with ends.daemon.connect() as client:
            assert until_end(client)[0] == b""
    assert len(errors()) == 3


def test_the_daemon_and_its_other_sessions_live_on(errors: Errors) -> None:
    with sessions(2, toxic(own.Raising, toxicity=0.5), seed=2) as both:
        for ends in both:
            ends.backend.sendall(b"hello")
        heard = [until_or_five(ends.client) for ends in both]
        assert sorted(heard) == [b"", b"hello"]
    assert len(errors()) == 1


def until_or_five(sock: Any) -> bytes:
    data = b""
    while len(data) < 5 and (piece := sock.recv(5)):
        data += piece
    return data


@pytest.mark.parametrize("step", ["0", "-1", "b''", "0.0", "float('-inf')"])
def test_one_that_never_rests_starves_nobody(step: str) -> None:
    with sessions(
        2, toxic(own.Greedy, step=step, toxicity=1), toxic(own.Greedy, name="up", stream=UP, step=step)
    ) as two:
        for ends in two:
            for _ in range(20):
                assert passes(ends, DOWN)
                assert passes(ends, UP)
        two[0].put()
        for ends in two:
            assert passes(ends, DOWN)


def test_bytes_without_end_push_nobody_out() -> None:
    """A toxic that speaks for ever into a reader that reads: other sessions have their turn."""
    with sessions(2, toxic(own.Greedy, step="b'x' * 1000", toxicity=1)) as (one, two):
        reader = threading.Thread(target=swallow, args=(one.client,), daemon=True)
        reader.start()
        assert passes(two, UP)
        one.put()
        one.daemon.do(lambda: one.daemon.proxy.cut("test"))
        reader.join(10)


def swallow(sock: Any) -> None:
    try:
        while sock.recv(65536):
            pass
    except OSError:
        pass


# alone


def test_it_can_be_made_without_a_proxy() -> None:
    made = own.Stutter({"times": 5})
    assert (made.option("times"), made.options["pause"], made.proxy) == (5, 0.0, None)
    assert alone(own.Stutter).options("times") == 2


def test_a_chunk_draws_the_same_for_the_same_key() -> None:
    one, other = chunks(b"a", b"b")
    first, again, stranger = alone(own.Shout, 1), alone(own.Shout, 1), alone(own.Shout, 2)
    assert 0 <= first.uniform(one) < 1
    assert first.uniform(one) == again.uniform(one) != first.uniform(other)
    assert first.uniform(one) != stranger.uniform(one)
    assert first.random(one).random() == again.random(one).random() != again.random(one, "else").random()


@pytest.mark.parametrize("value", [0, 1.5, -3, float("inf")])
def test_seconds(value: float) -> None:
    assert seconds(value, "say") == value


@pytest.mark.parametrize("value", [None, True, "1", b"1", float("nan"), 1j])
def test_no_seconds(value: Any) -> None:
    with pytest.raises(TypeError, match="it must say"):
        seconds(value, "say")


def test_there_is_an_instance_for_each_flow() -> None:
    with sessions(2, toxic(own.Slow)) as (one, _):
        daemon = one.daemon
        first, second = daemon.do(
            lambda: [ends.flows[False].link.stages[0].toxic for ends in daemon.proxy.sessions.values()]
        )
        assert first is not second
        assert first.key != second.key
        assert first.shared is second.shared
        assert first.proxy is second.proxy is daemon.proxy
