"""``slow_open``: everything begins late, and then goes on as ever."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from tests.handlers.tools import SLACK
from tests.path.tools import how_it_ends, reset
from tests.peers import Backend, receive_exactly
from tests.session_handlers.tools import beginning, counted, ended, wait_entering
from vaurien import chance
from vaurien.distributions import DISTRIBUTIONS
from vaurien.session_handlers.slow_open import SlowOpen


def test_the_session_waits_and_nothing_is_lost(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:slow_open", {"slow_open.sleep": 0.2}) as daemon:
        start = time.monotonic()
        with daemon.connect() as client:
            client.sendall(b"question")
            assert receive_exactly(client, 8) == b"question"
            assert 0.2 <= time.monotonic() - start < 0.2 + SLACK
            client.sendall(b"more")
            assert receive_exactly(client, 4) == b"more"
        assert ended(daemon) == {"client closed": 1}
        assert counted(daemon) == {"slow_open": 1}


def test_a_client_that_half_closes_meanwhile_gets_its_answer(echo_backend: Backend) -> None:
    with (
        beginning(echo_backend.address, "100:slow_open", {"slow_open.sleep": 0.1}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert receive_exactly(client, 8) == b"question"
        assert how_it_ends(client) == "end"


def closes(client: socket.socket) -> None:
    client.close()


@pytest.mark.parametrize(("said", "leave"), [(b"", closes), (b"", reset), (b"question", reset)])
def test_a_client_that_leaves_meanwhile_ends_it_at_once(
    echo_backend: Backend, said: bytes, leave: Callable[[socket.socket], None]
) -> None:
    with beginning(echo_backend.address, "100:slow_open", {"slow_open.sleep": 3600}) as daemon:
        with daemon.connect() as client:
            client.sendall(said)
            wait_entering(daemon)
            leave(client)
        assert ended(daemon) == {"client left during slow_open": 1}
    assert not echo_backend.sessions


def test_one_that_half_closes_and_then_resets_is_seen(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:slow_open", {"slow_open.sleep": 3600}) as daemon:
        with daemon.connect() as client:
            client.sendall(b"question")
            client.shutdown(socket.SHUT_WR)
            wait_entering(daemon)
            reset(client)
        assert ended(daemon) == {"client left during slow_open": 1}


def test_jitter_draws_from_the_session(echo_backend: Backend) -> None:
    """Each session waits as long as design and documentation say: a function of seed, proxy and ordinal."""
    options = {"slow_open.sleep": 0.05, "slow_open.jitter": 0.05, "slow_open.distribution": "exponential"}
    key = chance.key(chance.key(7, "default"), "session")
    with beginning(echo_backend.address, "100:slow_open", options, seed=7) as daemon:
        for ordinal in (1, 2, 3):
            start = time.monotonic()
            with daemon.connect() as client:
                client.sendall(b"q")
                assert receive_exactly(client, 1) == b"q"
            spread = DISTRIBUTIONS["exponential"](chance.source(key, ordinal, "jitter"), 0.05, 0.05)
            assert spread <= time.monotonic() - start < spread + SLACK


def test_a_wait_below_zero_is_none() -> None:
    class Session:
        def random(self, purpose: str) -> object:
            return chance.source(1, 1, purpose)

    handler = SlowOpen({"sleep": 0.0, "jitter": 5.0})
    assert all(handler.pause(Session()) >= 0 for _ in range(50))  # type: ignore[arg-type]
