"""Bytes are counted when they are written: not while toxics hold them, nor if they lose them; those they add are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.tools import until_end
from tests.path.tools import SCRIPTED, pass_on, script
from tests.peers import receive_exactly
from tests.toxics.tools import DOWN, LONG, STREAMS, UP, Ends, session, toxic
from vaurien.toxics import Chunk, Steps, Toxic


class Adding(Toxic):
    """Says "ab" before each chunk."""

    name = "adding"

    def shape(self, chunk: Chunk) -> Steps:
        yield b"ab"


def counted(ends: Ends, stream: str) -> tuple[int, int]:
    """What the newest session has written, and the same with what toxics hold or have lost."""
    to_backend = STREAMS[stream]
    one = list(ends.daemon.proxy.sessions.values())[-1]
    return ends.daemon.do(lambda: (one.bytes(to_backend), one.received(to_backend)))


def total(ends: Ends, stream: str) -> int:
    return ends.totals()["bytes_to_backend" if stream == UP else "bytes_to_client"]


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("behavior", ["100:dummy", SCRIPTED], ids=["relayed", "by a handler"])
def test_what_is_held_is_not_counted_before_it_is_written(stream: str, behavior: str) -> None:
    with script(pass_on), session(toxic("latency", stream=stream, latency=LONG), behavior=behavior) as ends:
        source, dest = ends.sides(stream)
        source.sendall(bytes(1000))
        ends.wait_held(stream, 1000)
        assert counted(ends, stream) == (0, 1000)
        assert total(ends, stream) == 0
        ends.put()
        receive_exactly(dest, 1000)
        assert counted(ends, stream) == (1000, 1000)
        source.sendall(bytes(10))
        receive_exactly(dest, 10)
        ends.daemon.wait_until(lambda: list(ends.daemon.proxy.sessions.values())[-1].bytes(STREAMS[stream]) == 1010)
        assert total(ends, stream) == 1010


@pytest.mark.parametrize("behavior", ["100:dummy", SCRIPTED], ids=["relayed", "by a handler"])
@pytest.mark.parametrize("end", ["closed", "cut", "toxics removed, then closed"])
def test_what_is_lost_is_in_no_total(behavior: str, end: str) -> None:
    with script(pass_on), session(toxic("timeout"), behavior=behavior) as ends:
        ends.backend.sendall(bytes(1000))
        one = next(iter(ends.daemon.proxy.sessions.values()))
        ends.daemon.wait_until(lambda: one.received(False) == 1000, "all read")
        assert counted(ends, DOWN) == (0, 1000)
        if end == "cut":
            ends.daemon.do(lambda: ends.daemon.proxy.cut("test"))
        elif end == "closed":
            ends.backend.close()
            ends.client.close()
        else:
            ends.put()
        ends.daemon.wait_until(lambda: not ends.daemon.proxy.sessions, "the end")
        assert (one.bytes(False), one.received(False)) == (0, 1000)
        assert total(ends, DOWN) == 0


def test_what_is_still_held_at_the_end_is_in_no_total() -> None:
    with session(toxic("latency", latency=LONG)) as ends:
        ends.backend.sendall(bytes(1000))
        ends.wait_held(DOWN)
        ends.daemon.do(lambda: ends.daemon.proxy.cut("test"))
        assert until_end(ends.client) == (b"", "closed")
        assert total(ends, DOWN) == 0


def test_what_is_added_is_counted() -> None:
    with session(toxic(Adding)) as ends:
        ends.backend.sendall(b"12345")
        assert receive_exactly(ends.client, 7) == b"ab12345"
        assert counted(ends, DOWN) == (7, 5)
        ends.put()
        assert counted(ends, DOWN) == (7, 5)
        ends.daemon.do(lambda: ends.daemon.proxy.cut("test"))
        assert total(ends, DOWN) == 7


@pytest.mark.parametrize("behavior", ["100:dummy", SCRIPTED], ids=["relayed", "by a handler"])
def test_a_limit_that_ends_the_session_in_the_middle_of_a_write(behavior: str) -> None:
    """The session is over before whoever wrote has returned: its bytes are in the totals nevertheless."""
    with script(pass_on), session(toxic("limit_data", bytes=600), behavior=behavior) as ends:
        one = next(iter(ends.daemon.proxy.sessions.values()))
        ends.backend.sendall(bytes(1000))
        assert until_end(ends.client) == (bytes(600), "closed")
        ends.daemon.wait_until(lambda: not ends.daemon.proxy.sessions, "the end")
        assert total(ends, DOWN) == 600
        assert (one.bytes(False), one.received(False)) == (600, 1000)


def test_several_links_after_each_other_add_up() -> None:
    with session() as ends:
        heard = 0
        one: Any = next(iter(ends.daemon.proxy.sessions.values()))
        for number in range(1, 6):
            ends.put(toxic("packet_loss", loss_rate=1) if number % 2 else toxic("noop"))
            ends.backend.sendall(bytes(100 * number))
            said = 50 * number * (number + 1)
            ends.daemon.wait_until(lambda want=said: one.received(False) == want, "all read")
            heard += 0 if number % 2 else 100 * number
            ends.put()
            assert counted(ends, DOWN) == (heard, said)
