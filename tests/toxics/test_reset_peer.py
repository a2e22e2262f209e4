"""reset_peer: reset."""

import time
from collections.abc import Callable
from logging import LogRecord

import pytest

from tests.handlers.tools import until_end
from tests.peers import receive_exactly
from tests.toxics.own import Clinging
from tests.toxics.tools import DOWN, LONG, SLACK, STREAMS, UP, passes, session, sessions, toxic
from vaurien.toxics.reset_peer import ResetPeer


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("live", [False, True], ids=["from the start", "added live"])
def test_both_peers_are_reset_after_the_first_bytes(stream: str, live: bool) -> None:
    wanted = toxic("reset_peer", timeout=80, stream=stream)
    with session(*([] if live else [wanted])) as ends:
        if live:
            assert passes(ends, UP)
            assert passes(ends, DOWN)
            ends.put(wanted)
        source, dest = ends.sides(stream)
        start = time.monotonic()
        source.sendall(b"lost")
        assert until_end(dest) == (b"", "reset")
        assert 0.08 <= time.monotonic() - start < 0.08 + SLACK
        assert until_end(source) == (b"", "reset")


def test_by_default_at_once() -> None:
    assert ResetPeer.options["timeout"].default == 0
    with session(toxic("reset_peer")) as ends:
        ends.backend.sendall(b"lost")
        assert until_end(ends.client) == (b"", "reset")


def test_the_end_of_the_stream_resets_too() -> None:
    with session(toxic("reset_peer", timeout=20, stream=UP)) as ends:
        ends.client.shutdown(1)
        assert until_end(ends.backend) == (b"", "reset")
        assert until_end(ends.client) == (b"", "reset")


def test_without_bytes_nothing_happens_and_the_other_stream_goes_on() -> None:
    with session(toxic("reset_peer")) as ends:
        for _ in range(5):
            assert passes(ends, UP)


def test_toxicity_0_resets_nobody() -> None:
    with sessions(20, toxic("reset_peer", toxicity=0)) as all_ends:
        for ends in all_ends:
            assert passes(ends, DOWN)
            ends.backend.close()
            assert until_end(ends.client) == (b"", "closed")


def test_removal_while_it_waits_answers_at_once_and_loses_nothing() -> None:
    with session(toxic("reset_peer", timeout=LONG)) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        start = time.monotonic()
        ends.put()
        assert time.monotonic() - start < SLACK
        assert receive_exactly(ends.client, 4) == b"held"
        assert passes(ends, DOWN)
        ends.wait_fast(DOWN)


def test_a_shorter_time_counts_from_the_first_bytes() -> None:
    with session(toxic("reset_peer", timeout=LONG)) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        ends.put(toxic("reset_peer", timeout=1))
        assert until_end(ends.client) == (b"", "reset")


def test_another_that_raises_when_it_stops_makes_no_other_end_of_it(errors: Callable[[], list[LogRecord]]) -> None:
    with session(toxic(Clinging)) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        ends.put(toxic("reset_peer"), toxic(Clinging))
        ends.backend.sendall(b"lost")
        assert until_end(ends.client) == until_end(ends.backend) == (b"", "reset")
    assert [record.getMessage() for record in errors()] == ["toxic clinging raised RuntimeError"]
