"""Departures: what is watched for one session is not lost by the end of another."""

import socket

import gevent
from gevent import get_hub

from tests.path.tools import in_own_hub
from vaurien.departure import Departures


def test_a_wait_that_is_killed_leaves_alone_who_has_its_number_now() -> None:
    """The session that waited has ended, and its descriptor is closed. Before its greenlet hears of it, another
    session has got the same number, and is watched."""
    assert in_own_hub(told_after_a_kill) == ["after"]


def told_after_a_kill() -> list[str]:
    departures = Departures(get_hub().loop)
    told: list[str] = []
    before, its_peer = socket.socketpair()
    number = before.fileno()
    try:
        departures.watch(number, lambda: told.append("before"))
        waiting = gevent.spawn(departures.wait, [number])
        gevent.sleep(0)
        departures.forget(number)
        before.close()
        after, peer = socket.socketpair()
        assert after.fileno() == number
        departures.watch(number, lambda: told.append("after"), orderly=True)
        waiting.kill()
        peer.close()
        gevent.sleep(0.05)
        after.close()
        return told
    finally:
        its_peer.close()
        departures.close()
