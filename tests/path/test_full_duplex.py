"""Both directions at once: neither waits for the other, however full the other is."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import peers
from tests.path.tools import WAYS, Way, body, send_and_end, together, wait_no_sessions
from tests.peers import receive_all
from tests.running import DEADLINE, Running, running

SIZE = 20_000_000
"""More than all buffers on the way there and back hold together, where the readers' are kept small."""

all_ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@contextmanager
def both_ends(way: Way) -> Iterator[tuple[Running, socket.socket, socket.socket]]:
    """The daemon, and a session's two ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        with running(listener.getsockname(), *way) as daemon, daemon.connect() as client:
            backend, _ = listener.accept()
            with backend:
                backend.settimeout(DEADLINE)
                for sock in (client, backend):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                yield daemon, client, backend


@all_ways
def test_an_echo_of_more_than_all_buffers_hold(way: Way) -> None:
    """A proxy that serves the directions in turn stands still here: the backend reads only while it can answer."""
    sent = body(SIZE)
    with peers.backend(peers.echo) as backend, running(backend.address, *way) as daemon, daemon.connect() as client:
        _, received = together(lambda: send_and_end(client, sent), lambda: receive_all(client))
        wait_no_sessions(daemon)
    assert received == sent


@all_ways
@pytest.mark.parametrize("stuck", ["to_client", "to_backend"])
def test_one_direction_runs_while_the_other_is_stuck(way: Way, stuck: str) -> None:
    """One side reads nothing until all that it has to say itself has been heard."""
    one, other = body(SIZE, seed=1), body(SIZE, seed=2)
    with both_ends(way) as (_, client, backend):
        slow, quick = (client, backend) if stuck == "to_client" else (backend, client)

        def speak_then_read() -> bytes:
            send_and_end(slow, one)
            return receive_all(slow)

        heard_slowly, _, heard_quickly = together(
            speak_then_read, lambda: send_and_end(quick, other), lambda: receive_all(quick)
        )
        assert heard_quickly == one
        assert heard_slowly == other


@all_ways
def test_many_sessions_at_once(way: Way) -> None:
    """Each goes its own pace, whatever the others do."""
    sent = [body(2_000_000, seed) for seed in range(8)]
    with peers.backend(peers.echo) as backend, running(backend.address, *way) as daemon:

        def talk(number: int) -> bytes:
            with daemon.connect() as client:
                _, received = together(lambda: send_and_end(client, sent[number]), lambda: receive_all(client))
                return bytes(received)

        assert together(*(lambda number=number: talk(number) for number in range(8))) == sent  # type: ignore[misc]
        wait_no_sessions(daemon)
