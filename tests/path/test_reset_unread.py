"""Resets of a peer from which nobody reads at that moment are passed on too."""

from __future__ import annotations

import select
import socket
import threading
from queue import SimpleQueue
from typing import Any

import gevent
import pytest

from tests import peers
from tests.path.ending import Ending
from tests.path.tools import (
    SCRIPTED,
    WAYS,
    Way,
    reset,
    script,
    wait_no_sessions,
)
from tests.peers import receive_all, receive_exactly
from tests.running import DEADLINE, running

all_ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@all_ways
def test_the_client_resets_after_it_has_ended_while_the_backend_is_silent(way: Way) -> None:
    """Nothing is read from the client any more and nothing written to it: its reset is noticed all the same."""
    ended, left = threading.Event(), threading.Event()

    def serve(sock: socket.socket) -> None:
        receive_all(sock)
        ended.set()
        poll = select.poll()
        poll.register(sock, 0)  # only what is always told: errors
        if poll.poll(DEADLINE * 1000):
            left.set()

    with peers.backend(serve) as backend, running(backend.address, *way) as daemon:
        client = daemon.connect()
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert ended.wait(DEADLINE)
        reset(client)
        assert left.wait(DEADLINE)
        wait_no_sessions(daemon)


def test_the_client_resets_while_a_handler_hangs() -> None:
    ending = Ending()
    with peers.backend(ending) as backend, running(backend.address, "100:hang") as daemon:
        client = daemon.connect()
        receive_exactly(client, 5)
        client.sendall(b"something")
        daemon.wait_until(lambda: [session.counts for session in daemon.proxy.sessions.values()] == [{"hang": 1}])
        reset(client)
        assert ending.seen.get(timeout=DEADLINE) == "reset"
        wait_no_sessions(daemon)


def test_the_client_resets_and_a_write_has_taken_the_error() -> None:
    """A socket tells of its reset once. Where a write has taken the error, the next read sees an end of the stream:
    a splice that has moved a part of its bytes drops the error, and then the relay reads. Here a handler takes it."""
    at_work: SimpleQueue[bool] = SimpleQueue()
    go_on = threading.Event()
    ending = Ending()

    def take_the_error(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        at_work.put(to_backend)
        while not go_on.is_set():
            gevent.sleep(0.001)
        if not to_backend:
            backend_sock.recv(5)
            assert client_sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        else:
            gevent.sleep(0.01)
            client_sock.recv(9)

    with script(take_the_error), peers.backend(ending) as backend, running(backend.address, SCRIPTED) as daemon:
        client = daemon.connect()
        client.sendall(b"something")
        assert {at_work.get(timeout=DEADLINE), at_work.get(timeout=DEADLINE)} == {True, False}
        reset(client)
        go_on.set()
        assert ending.seen.get(timeout=DEADLINE) == "reset"
        wait_no_sessions(daemon)
