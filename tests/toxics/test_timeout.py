"""timeout: silence."""

import time

import pytest

from tests.handlers.tools import until_end
from tests.path.tools import send_and_end
from tests.peers import receive_all
from tests.running import DEADLINE
from tests.toxics.tools import DOWN, LONG, SLACK, STREAMS, UP, affected, nothing_comes, passes, session, sessions, toxic
from vaurien.toxics.timeout import Timeout


@pytest.mark.parametrize("stream", STREAMS)
def test_all_is_lost_and_the_connection_closes_after_so_much_silence(stream: str) -> None:
    with session(toxic("timeout", timeout=150, stream=stream)) as ends:
        start = time.monotonic()
        source, dest = ends.sides(stream)
        source.sendall(b"lost")
        assert until_end(dest) == (b"", "closed")
        assert 0.15 <= time.monotonic() - start < 0.15 + SLACK
        assert until_end(source)[0] == b""


def test_it_closes_though_nothing_was_ever_said() -> None:
    start = time.monotonic()
    with session(toxic("timeout", timeout=150)) as ends:
        assert until_end(ends.client) == (b"", "closed")
        assert time.monotonic() - start >= 0.15
        assert until_end(ends.backend) == (b"", "closed")


def test_the_other_stream_goes_on_meanwhile() -> None:
    with session(toxic("timeout", timeout=LONG)) as ends:
        assert passes(ends, UP)


def test_every_chunk_begins_the_silence_anew() -> None:
    with session(toxic("timeout", timeout=400)) as ends:
        for _ in range(6):
            last = time.monotonic()
            ends.backend.sendall(b"talk")
            time.sleep(0.1)  # 600 ms in all, without 400 ms of silence: that is what is looked at
        assert until_end(ends.client) == (b"", "closed")
        assert 0.4 <= time.monotonic() - last < 0.4 + SLACK


def test_with_0_it_never_closes() -> None:
    assert Timeout.options["timeout"].default == 0
    with session(toxic("timeout"), toxic("timeout", stream=UP, name="up")) as ends:
        ends.backend.sendall(b"lost")
        ends.client.sendall(b"lost")
        ends.daemon.wait_until(lambda: ends.flow(DOWN).bytes == ends.flow(UP).bytes == 4, "both to be read")
        assert ends.held(DOWN) == ends.held(UP) == 0
        clock = ends.daemon.daemon.shared.clock
        assert ends.daemon.do(lambda: [alarm for alarm in clock._alarms if alarm[2] is not None]) == []
        assert nothing_comes(ends, DOWN)
        assert nothing_comes(ends, UP)


def test_the_end_of_the_stream_passes() -> None:
    with session(toxic("timeout")) as ends:
        send_and_end(ends.backend, b"lost")
        assert receive_all(ends.client) == b""


def test_removing_it_closes_the_sessions_that_it_held_and_no_others() -> None:
    seed, count = 5, 12
    with sessions(count, toxic("timeout", toxicity=0.5), seed=seed) as all_ends:
        hit = [affected(seed, "timeout", DOWN, number, 0.5) for number in range(1, count + 1)]
        assert 2 < sum(hit) < count - 2
        all_ends[0].put()
        for ends, was_held in zip(all_ends, hit, strict=True):
            if was_held:
                assert until_end(ends.client) == (b"", "closed")
            else:
                assert passes(ends, DOWN)


def test_another_timeout_holds_at_once() -> None:
    with session(toxic("timeout", timeout=LONG)) as ends:
        ends.put(toxic("timeout", timeout=50))
        ends.client.settimeout(DEADLINE)
        assert until_end(ends.client) == (b"", "closed")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_removed_from_a_chain_what_stands_behind_it_is_delivered_first(place: int) -> None:
    """What a toxic before it holds would be lost anyway; what one behind it holds comes before the end."""
    chain = [toxic("latency", name="a", latency=LONG), toxic("latency", name="b", latency=LONG)]
    with session(*chain) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        with_timeout = [*chain[:place], toxic("timeout"), *chain[place:]]
        ends.put(*with_timeout)
        ends.put(*[one for one in with_timeout if one.name != "timeout"])
        ends.put()
        assert until_end(ends.client) == (b"held" if place == 0 else b"", "closed")


def test_removed_together_with_all_others() -> None:
    chain = [toxic("latency", name="a", latency=LONG), toxic("timeout"), toxic("latency", name="b", latency=LONG)]
    with session(*chain) as ends:
        ends.put()
        assert until_end(ends.client) == (b"", "closed")
