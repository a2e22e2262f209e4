"""Sessions in which a toxic lets nothing through: they last as long as somebody is left who can want what it holds."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest
from gevent.socket import socket as gevent_socket

from tests.handlers.tools import until_end
from tests.path.tools import SCRIPTED, body, pass_on, reset, script, send_and_end, wait_no_sessions
from tests.peers import receive_all
from tests.toxics.tools import DOWN, STREAMS, UP, Ends, nothing_comes, passes, session, toxic
from vaurien.settings import ToxicSettings


def cut(stream: str) -> ToxicSettings:
    """What a test of an application does that is to lose its network for a while."""
    return toxic("bandwidth", name=f"cut_{stream}", stream=stream, rate=0)


def ended(ends: Ends) -> dict[str, int]:
    """How the session ended, once it has."""
    wait_no_sessions(ends.daemon)
    return ends.daemon.proxy.counters.ended


def test_both_ended_and_nothing_can_pass() -> None:
    with session(cut(UP), cut(DOWN)) as ends:
        send_and_end(ends.client, b"question")
        ends.wait_held(UP, 8)
        assert nothing_comes(ends, UP)
        send_and_end(ends.backend, b"good-bye")
        assert ended(ends) == {"held by toxic cut_downstream": 1}
        assert until_end(ends.client) == until_end(ends.backend) == (b"", "closed")


@pytest.mark.parametrize("stream", STREAMS)
def test_one_way_is_open_and_both_have_ended(stream: str) -> None:
    with session(cut(stream)) as ends:
        source, dest = ends.sides(stream)
        send_and_end(source, b"held")
        ends.wait_held(stream, 4)
        send_and_end(dest, b"passes")
        assert receive_all(source) == b"passes"
        assert ended(ends) == {f"held by toxic cut_{stream}": 1}


@pytest.mark.parametrize("stream", STREAMS)
def test_one_has_ended_and_the_other_still_waits(stream: str) -> None:
    with session(cut(UP), cut(DOWN)) as ends:
        source, dest = ends.sides(stream)
        send_and_end(source, body(100_000))
        ends.wait_held(stream, 100_000)
        ends.put()
        assert receive_all(dest) == body(100_000)
        assert passes(ends, DOWN if stream == UP else UP)


@pytest.mark.parametrize("end_first", [False, True], ids=["in mid-stream", "behind its end"])
@pytest.mark.parametrize("stream", STREAMS)
def test_who_has_said_what_is_held_resets(stream: str, end_first: bool) -> None:
    with session(cut(UP), cut(DOWN)) as ends:
        source, dest = ends.sides(stream)
        source.sendall(b"held")
        ends.wait_held(stream, 4)
        if end_first:
            source.shutdown(socket.SHUT_WR)
            ends.daemon.wait_until(lambda: ends.flow(stream).stopped, "the end")
        reset(source)
        assert ended(ends) == {f"{'client' if stream == UP else 'backend'} reset": 1}
        assert until_end(dest) == (b"", "reset")


@pytest.mark.parametrize("stream", STREAMS)
def test_it_resets_though_more_waits_than_is_read(stream: str) -> None:
    with session(cut(UP), cut(DOWN)) as ends:
        source, dest = ends.sides(stream)
        source.setblocking(False)
        ends.daemon.wait_until(lambda: say_more(source) and ends.flow(stream).pending, "a full link")
        reset(source)
        assert ended(ends) == {f"{'client' if stream == UP else 'backend'} reset": 1}
        assert until_end(dest) == (b"", "reset")


def say_more(sock: socket.socket) -> bool:
    with suppress(BlockingIOError):
        sock.send(bytes(1 << 20))
    return True


def test_a_rate_of_0_that_comes_when_both_have_ended() -> None:
    with session(toxic("bandwidth", rate=10, stream=UP)) as ends:
        send_and_end(ends.client, body(1_000_000))
        ends.wait_held(UP, 500_000)
        ends.daemon.wait_until(lambda: ends.flow(UP).stopped, "the end")
        ends.backend.shutdown(socket.SHUT_WR)
        assert receive_all(ends.client) == b""
        ends.put(toxic("bandwidth", rate=0, stream=UP))
        assert ended(ends) == {"held by toxic bandwidth": 1}


def test_what_passes_late_in_the_other_way_still_does() -> None:
    with session(cut(UP), toxic("latency", latency=300)) as ends:
        send_and_end(ends.client, b"held")
        ends.wait_held(UP)
        send_and_end(ends.backend, b"late")
        assert receive_all(ends.client) == b"late"
        assert ended(ends) == {"held by toxic cut_upstream": 1}


def answers_are_passed_on(client_sock: gevent_socket, backend_sock: gevent_socket, to_backend: bool) -> bool:
    if not to_backend:
        pass_on(client_sock, backend_sock, to_backend)
    return not to_backend


def test_a_handler_that_ends_the_session() -> None:
    with script(answers_are_passed_on), session(cut(DOWN), behavior=SCRIPTED) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN, 4)
        ends.client.sendall(b"over")
        assert ended(ends) == {"ended by scripted": 1}
