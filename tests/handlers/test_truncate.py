"""truncate: cut short."""

import pytest

from tests.handlers.tools import CLOSED, halted, handled, same, until_end, wait_no_session, witnesses
from tests.peers import receive_exactly
from tests.running import running

ANSWER = b"0123456789abcdef"
TO_BACKEND = {"truncate.direction": "to_backend"}


@pytest.mark.parametrize("size", [0, 1, 10, 15, 16, 17, 1000])
def test_the_client_gets_so_many_bytes_and_the_end(size: int) -> None:
    with (
        witnesses(lambda question: ANSWER) as server,
        running(server.address, "100:truncate", {"truncate.bytes": size}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"question")
        assert until_end(client) == (ANSWER[:size], CLOSED)
        assert server.witness().wait_end() == (b"question", CLOSED)
        assert handled(daemon, "truncate") == [1, 0]
        wait_no_session(daemon)


def test_ten_bytes_are_the_default() -> None:
    with (
        witnesses(lambda question: ANSWER) as server,
        running(server.address, "100:truncate") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"question")
        assert until_end(client) == (ANSWER[:10], CLOSED)


@pytest.mark.parametrize("direction", ["to_backend", "both"])
def test_to_backend_it_is_the_backend_that_gets_so_many(direction: str) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:truncate", {"truncate.bytes": 3, "truncate.direction": direction}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(ANSWER)
        assert server.witness().wait_end() == (ANSWER[:3], CLOSED)
        assert until_end(client)[1] == CLOSED
        assert handled(daemon, "truncate") == [0, 1]


def test_what_went_through_before_is_whole() -> None:
    with (
        witnesses() as server,
        running(server.address, "100:truncate", TO_BACKEND) as daemon,
        daemon.connect() as client,
    ):
        server.witness().sock.sendall(ANSWER)
        assert receive_exactly(client, len(ANSWER)) == ANSWER
        client.sendall(ANSWER)
        assert server.witness().wait_end() == (ANSWER[:10], CLOSED)
        assert until_end(client) == (b"", CLOSED)


def test_what_waits_unread_does_not_turn_the_end_into_a_reset() -> None:
    """One read takes 64 KiB at most, and a close with unread bytes is a reset."""
    with witnesses() as server, running(server.address, "100:truncate", TO_BACKEND) as daemon:
        with daemon.connect() as client:
            server.witness()
            with halted(daemon):
                client.sendall(ANSWER * 12_000)
            assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end() == (ANSWER[:10], CLOSED)
