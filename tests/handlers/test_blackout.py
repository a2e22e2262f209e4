"""blackout: closed."""

import threading
from contextlib import suppress

import pytest

from tests.handlers.tools import CLOSED, halted, handled, same, until_end, wait_no_session, witnesses
from tests.peers import receive_exactly
from tests.running import running


def test_the_client_sees_the_end_where_an_answer_should_have_come() -> None:
    with witnesses(same) as server, running(server.address, "100:blackout") as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end() == (b"", CLOSED)
        wait_no_session(daemon)


def test_earlier_replies_have_arrived() -> None:
    with witnesses() as server, running(server.address, "100:blackout") as daemon, daemon.connect() as client:
        server.wait_session().sendall(b"welcome")
        assert receive_exactly(client, 7) == b"welcome"
        client.sendall(b"hello")
        assert until_end(client) == (b"", CLOSED)


def test_the_end_comes_in_good_order_though_more_was_said_than_was_read() -> None:
    """A close with unread bytes is a reset, and one read takes 64 KiB at most: so the rest must be read too."""
    with witnesses() as server, running(server.address, "100:blackout") as daemon, daemon.connect() as client:
        server.witness()
        with halted(daemon):
            client.sendall(bytes(200_000))
        assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end() == (b"", CLOSED)


def test_the_end_comes_in_good_order_in_the_middle_of_an_upload() -> None:
    """Whatever arrives between the last read and the close would be answered with a reset."""

    def upload() -> None:
        with suppress(OSError):  # nobody reads it
            client.sendall(bytes(50_000_000))

    with witnesses() as server, running(server.address, "100:blackout") as daemon:
        for _ in range(20):
            with daemon.connect() as client:
                thread = threading.Thread(target=upload)
                thread.start()
                try:
                    assert until_end(client) == (b"", CLOSED)
                finally:
                    thread.join()
        wait_no_session(daemon)


@pytest.mark.parametrize("direction", ["to_client", "both"])
def test_direction_says_whose_bytes_end_it(direction: str) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:blackout", {"blackout.direction": direction}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client) == (b"", CLOSED)
        heard = b"hello" if direction == "to_client" else b""
        assert server.witness().wait_end() == (heard, CLOSED)
        assert handled(daemon, "blackout") == [direction == "to_client", direction == "both"]
