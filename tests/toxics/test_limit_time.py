"""limit_time: so long and no longer."""

import socket
import time

import pytest

from tests.handlers.tools import until_end
from tests.path.tools import wait_no_sessions
from tests.toxics.tools import DOWN, LONG, SLACK, STREAMS, UP, passes, session, toxic
from vaurien.settings import ToxicSettings
from vaurien.toxics.limit_time import LimitTime


@pytest.mark.parametrize("stream", STREAMS)
def test_an_idle_connection_is_closed(stream: str) -> None:
    start = time.monotonic()
    with session(toxic("limit_time", time=150, stream=stream)) as ends:
        assert until_end(ends.client) == (b"", "closed")
        assert 0.15 <= time.monotonic() - start < 0.15 + SLACK
        assert until_end(ends.backend) == (b"", "closed")


def test_a_busy_one_too() -> None:
    start = time.monotonic()
    with session(toxic("limit_time", time=200)) as ends:
        count = 0
        ends.backend.settimeout(SLACK)
        try:
            while time.monotonic() - start < SLACK:
                ends.backend.sendall(bytes(1000))
                assert ends.client.recv(100_000)
                count += 1
        except (AssertionError, ConnectionError):
            pass
        assert 0.2 <= time.monotonic() - start < SLACK
        assert count > 10


def test_with_0_it_closes_at_once() -> None:
    assert LimitTime.options["time"].default == 0
    with session() as ends:
        ends.put(toxic("limit_time"))
        assert until_end(ends.client) == (b"", "closed")


def test_added_live_it_counts_from_then() -> None:
    with session() as ends:
        assert passes(ends, DOWN)
        time.sleep(0.1)  # that is what must not count
        start = time.monotonic()
        ends.put(toxic("limit_time", time=100))
        assert until_end(ends.client) == (b"", "closed")
        assert time.monotonic() - start >= 0.1


def test_another_time_counts_from_the_same_beginning() -> None:
    with session(toxic("limit_time", time=LONG)) as ends:
        assert passes(ends, DOWN)
        ends.put(toxic("limit_time", time=1))
        assert until_end(ends.client) == (b"", "closed")


def test_toxics_in_another_order_do_not_make_it_forget() -> None:
    start = time.monotonic()
    two = [toxic("limit_time", time=200), toxic("noop")]
    with session(*two) as ends:
        ends.put(*two[::-1])
        assert until_end(ends.client) == (b"", "closed")
        assert 0.2 <= time.monotonic() - start < 0.2 + SLACK


def test_bytes_before_the_end_are_delivered() -> None:
    with session(toxic("limit_time", time=100), toxic("latency", latency=200)) as ends:
        ends.backend.sendall(b"late")
        assert until_end(ends.client) == (b"late", "closed")


@pytest.mark.parametrize("others", [[], [toxic("noop")]], ids=["alone", "before another"])
def test_one_whose_own_stream_has_ended_is_closed_too(others: list[ToxicSettings]) -> None:
    start = time.monotonic()
    with session(toxic("limit_time", time=300), *others) as ends:
        ends.backend.shutdown(socket.SHUT_WR)
        assert ends.client.recv(1) == b""
        assert passes(ends, UP)
        assert until_end(ends.backend) == (b"", "closed")
        assert 0.3 <= time.monotonic() - start < 0.3 + SLACK
        wait_no_sessions(ends.daemon)
        assert ends.daemon.proxy.counters.ended == {"closed by toxic limit_time": 1}


def test_another_time_holds_behind_the_end() -> None:
    with session(toxic("limit_time", time=LONG)) as ends:
        ends.backend.shutdown(socket.SHUT_WR)
        assert ends.client.recv(1) == b""
        assert passes(ends, UP)
        ends.put(toxic("limit_time", time=1))
        assert until_end(ends.backend) == (b"", "closed")


def test_it_can_be_added_behind_the_end_and_taken_away() -> None:
    with session() as ends:
        ends.backend.shutdown(socket.SHUT_WR)
        assert ends.client.recv(1) == b""
        ends.put(toxic("limit_time", time=LONG), toxic("noop"))
        ends.put(toxic("noop"))
        assert passes(ends, UP)
        ends.put(toxic("limit_time", time=1))
        assert until_end(ends.backend) == (b"", "closed")
