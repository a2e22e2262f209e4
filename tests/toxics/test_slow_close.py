"""slow_close: the end comes late."""

import time

import pytest

from tests.path.tools import send_and_end
from tests.peers import receive_all, receive_exactly
from tests.toxics.tools import DOWN, LONG, SLACK, STREAMS, nothing_comes, passes, session, timed, toxic
from vaurien.toxics.slow_close import SlowClose


@pytest.mark.parametrize("stream", STREAMS)
def test_the_end_of_the_stream_is_late_and_nothing_else(stream: str) -> None:
    with session(toxic("slow_close", delay=100, stream=stream)) as ends:
        source, dest = ends.sides(stream)
        assert passes(ends, stream)
        start = time.monotonic()
        send_and_end(source, b"bye")
        assert receive_exactly(dest, 3) == b"bye"
        assert receive_all(dest) == b""
        assert 0.1 <= time.monotonic() - start < 0.1 + SLACK


def test_the_other_direction_goes_on_meanwhile() -> None:
    with session(toxic("slow_close", delay=LONG)) as ends:
        send_and_end(ends.backend, b"bye")
        assert receive_exactly(ends.client, 3) == b"bye"
        ends.wait_held(DOWN)
        assert passes(ends, "upstream")
        assert nothing_comes(ends, DOWN)


def test_by_default_it_is_not_late() -> None:
    assert SlowClose.options["delay"].default == 0
    with session(toxic("slow_close")) as ends:
        ends.backend.close()
        assert receive_all(ends.client) == b""


@pytest.mark.parametrize("live", [(), (toxic("slow_close", delay=0),)], ids=["removed", "changed"])
def test_a_held_end_is_released_live(live: tuple[object, ...]) -> None:
    with session(toxic("slow_close", delay=LONG)) as ends:
        ends.backend.close()
        ends.wait_held(DOWN)
        ends.put(*live)  # type: ignore[arg-type]
        _, took = timed(lambda: receive_all(ends.client))
        assert took < SLACK
