"""bandwidth: slow."""

import socket
import threading
import time

import pytest

from tests.path.tools import body, send_and_end, together
from tests.peers import receive_all, receive_exactly
from tests.toxics.tools import DOWN, SLACK, STREAMS, UP, Ends, nothing_comes, passes, session, sessions, timed, toxic
from vaurien.toxics.bandwidth import Bandwidth, Line


def test_by_default_nothing_passes_and_each_flow_has_its_own_rate() -> None:
    assert {name: option.default for name, option in Bandwidth.options.items()} == {"rate": 0, "shared": False}


def arrivals(sock: socket.socket, seconds: float) -> tuple[int, float]:
    """What comes until so many seconds after the first bytes are over: how many bytes after these, in what time."""
    sock.recv(1 << 20)
    start = last = time.monotonic()
    count = 0
    while last - start < seconds:
        count += len(sock.recv(1 << 20))
        last = time.monotonic()
    return count, last - start


@pytest.mark.parametrize(("rate", "stream"), [(50, UP), (1000, DOWN), (20_000, DOWN)])
def test_so_many_kilobytes_a_second(rate: int, stream: str) -> None:
    """Never more than the rate; how much less, a busy machine decides, but what was late is made up for."""
    with session(toxic("bandwidth", rate=rate, stream=stream)) as ends, feeding(ends, stream):
        count, took = arrivals(ends.sides(stream)[1], 2.0)
    slice_ = max(rate * 100, 65536)
    assert count <= 1.03 * rate * 1000 * took + slice_
    assert count >= 0.97 * rate * 1000 * took - slice_ - rate * 1000 * 0.2


class feeding:
    """Says more and more into a stream, until the block is over."""

    def __init__(self, ends: Ends, stream: str) -> None:
        self.source, self.dest = ends.sides(stream)
        self.daemon = ends.daemon
        self.over = False
        self.thread = threading.Thread(target=self.feed, daemon=True)

    def feed(self) -> None:
        try:
            while not self.over:
                self.source.sendall(bytes(65536))
        except OSError:
            pass

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *error: object) -> None:
        self.over = True
        self.daemon.do(lambda: self.daemon.proxy.cut("test"))
        self.thread.join(SLACK)
        assert not self.thread.is_alive()


@pytest.mark.parametrize(("shared", "times"), [(True, 1), (False, 4)])
def test_four_sessions_share_the_rate_or_have_it_each(shared: bool, times: int) -> None:
    rate, count = 400, 4
    limit = toxic("bandwidth", rate=rate, shared=shared)
    with sessions(count, limit) as all_ends:
        feeders = [feeding(ends, DOWN) for ends in all_ends]
        for feeder in feeders:
            feeder.__enter__()
        try:
            heard = together(*(lambda sock=ends.client: arrivals(sock, 2.0) for ends in all_ends))
        finally:
            for feeder in feeders:
                feeder.__exit__()
    speed = sum(got / took for got, took in heard) / 1000
    assert 0.85 * rate * times <= speed <= 1.08 * rate * times  # each has its slices of 100 ms at the ends
    fair = [got / took for got, took in heard]
    assert max(fair) < 1.5 * min(fair)


def test_a_small_message_takes_its_time_too() -> None:
    with session(toxic("bandwidth", rate=1)) as ends:
        _, took = timed(lambda: passes(ends, DOWN, bytes(100)))
        assert 0.1 <= took < 0.1 + SLACK


def test_time_in_which_nothing_came_makes_no_burst() -> None:
    with session(toxic("bandwidth", rate=100)) as ends:
        assert passes(ends, DOWN)
        time.sleep(0.3)  # what could be saved up
        _, took = timed(lambda: passes(ends, DOWN, bytes(20_000)))
        assert took >= 0.2


@pytest.mark.parametrize("stream", STREAMS)
def test_at_rate_0_nothing_passes_and_nothing_is_lost(stream: str) -> None:
    data = body(200_000)
    with session(toxic("bandwidth", rate=0, stream=stream)) as ends:
        source, dest = ends.sides(stream)
        send_and_end(source, data)
        ends.wait_held(stream, len(data))
        assert nothing_comes(ends, stream)
        ends.put()
        assert receive_all(dest) == data


@pytest.mark.parametrize("shared", [False, True])
def test_another_rate_lets_what_waits_pass_without_a_burst(shared: bool) -> None:
    data = body(300_000)
    with session(toxic("bandwidth", rate=0, shared=shared)) as ends:
        ends.backend.sendall(data)
        ends.wait_held(DOWN, len(data))
        time.sleep(0.3)  # what a clock that went on would make a burst of
        start = time.monotonic()
        ends.put(toxic("bandwidth", rate=500, shared=shared))
        assert receive_exactly(ends.client, len(data)) == data
        assert 0.6 <= time.monotonic() - start < 0.6 + SLACK


def test_another_shared_rate_makes_no_burst_of_many_sessions() -> None:
    count, size = 5, 50_000
    with sessions(count, toxic("bandwidth", rate=0, shared=True)) as all_ends:
        for ends in all_ends:
            ends.backend.sendall(bytes(size))
        proxy = all_ends[0].daemon.proxy
        all_ends[0].daemon.wait_until(
            lambda: all(one.flows[False].link.held >= size for one in proxy.sessions.values()), "all held"
        )
        start = time.monotonic()
        all_ends[0].put(toxic("bandwidth", rate=500, shared=True))
        together(*(lambda sock=ends.client: receive_exactly(sock, size) for ends in all_ends))
        assert 0.5 <= time.monotonic() - start < 0.5 + SLACK


def test_the_rate_can_be_set_to_0_and_back() -> None:
    data = body(100_000)
    with session(toxic("bandwidth", rate=200)) as ends:
        start = time.monotonic()
        ends.backend.sendall(data)
        ends.wait_held(DOWN)
        for rate in (0, 200, 0, 200):
            ends.put(toxic("bandwidth", rate=rate))
        assert receive_exactly(ends.client, len(data)) == data
        assert time.monotonic() - start >= 0.5


def test_sessions_that_leave_do_not_hold_the_line() -> None:
    """Twenty sessions have each taken the line for 100 ms, and are gone: it is free for who comes now."""
    with sessions(21, toxic("bandwidth", rate=10, shared=True)) as all_ends:
        *leaving, stays = all_ends
        daemon = stays.daemon
        for ends in leaving:
            ends.backend.sendall(bytes(5000))
        proxy = daemon.proxy
        daemon.wait_until(
            lambda: sum(one.flows[False].link.held >= 4000 for one in proxy.sessions.values()) == 20, "all held"
        )
        daemon.do(lambda: [one.end("test") for one in list(proxy.sessions.values())[:20]])
        _, took = timed(lambda: passes(stays, DOWN, bytes(1000)))
        assert 0.1 <= took < 1.2  # behind them all it would be 2 s


def test_the_line_takes_pieces_one_behind_the_other() -> None:
    line = Line(1000)
    start = line.free_at
    assert line.take_on(100, start) == pytest.approx(start + 0.1)
    assert line.take_on(200, start) == pytest.approx(start + 0.3)
    line.give_up(200)
    assert line.take_on(100, start + 1) == pytest.approx(start + 1.1)


def test_shared_and_back_makes_no_burst() -> None:
    data = body(60_000)
    with session(toxic("bandwidth", rate=100)) as ends:
        ends.backend.sendall(data)
        ends.wait_held(DOWN)
        start = time.monotonic()
        for shared in (True, False, True):
            ends.put(toxic("bandwidth", rate=100, shared=shared))
        assert receive_exactly(ends.client, len(data)) == data
        assert time.monotonic() - start >= 0.5
