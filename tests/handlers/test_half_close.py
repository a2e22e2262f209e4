"""half_close: one direction ends, the other goes on."""

import socket

import pytest

from tests.handlers.tools import CLOSED, handled, same, until_end, wait_handled, wait_no_session, witnesses
from tests.peers import backend, receive_exactly
from tests.running import running


def test_the_backend_sees_the_end_and_can_still_answer() -> None:
    with (
        witnesses(stays=True) as server,
        running(server.address, "100:half_close") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"last words")
        witness = server.witness()
        assert witness.wait_end() == (b"last words", CLOSED)
        for number in range(3):
            answer = b"answer %d" % number
            witness.sock.sendall(answer)
            assert receive_exactly(client, len(answer)) == answer
        assert handled(daemon, "half_close") == [0, 1]
        server.leave.set()
        assert until_end(client) == (b"", CLOSED)
        client.close()
        wait_no_session(daemon)


def test_what_the_sender_says_from_now_on_is_read_and_goes_nowhere() -> None:
    """It is more than the buffers hold, so it must be read."""
    with (
        witnesses(stays=True) as server,
        running(server.address, "100:half_close") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"last words")
        witness = server.witness()
        witness.wait_end()
        client.sendall(bytes(30_000_000))
        witness.sock.sendall(b"answer")
        assert receive_exactly(client, 6) == b"answer"
        assert witness.data == b"last words"
        assert daemon.proxy.sessions[1].bytes(True) == 10
        client.shutdown(socket.SHUT_WR)
        server.leave.set()
        assert until_end(client) == (b"", CLOSED)
        wait_no_session(daemon)


def test_to_client_it_is_the_client_who_sees_the_end_and_can_still_ask() -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:half_close", {"half_close.direction": "to_client"}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"question")
        assert until_end(client) == (b"question", CLOSED)
        for number in range(3):
            client.sendall(b" and %d" % number)
            server.witness().wait_data(8 + 6 * (number + 1))
        client.shutdown(socket.SHUT_WR)
        assert server.witness().wait_end() == (b"question and 0 and 1 and 2", CLOSED)
        assert handled(daemon, "half_close") == [1, 0]
        wait_no_session(daemon)


def test_both_directions_end_after_one_call_each() -> None:
    with (
        witnesses(stays=True) as server,
        running(server.address, "100:half_close", {"half_close.direction": "both"}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"question")
        witness = server.witness()
        assert witness.wait_end() == (b"question", CLOSED)
        witness.sock.sendall(b"answer")
        assert until_end(client) == (b"answer", CLOSED)
        witness.sock.sendall(b"nobody hears this")
        assert list(daemon.proxy.sessions) == [1]
        client.close()
        server.leave.set()
        wait_no_session(daemon)
        assert handled(daemon, "half_close") == [1, 1]


@pytest.mark.parametrize("who", ["client", "backend"])
def test_the_session_ends_when_both_have_left(who: str) -> None:
    with (
        witnesses(stays=True) as server,
        running(server.address, "100:half_close") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"last words")
        server.witness().wait_end()
        if who == "client":
            client.close()
            server.leave.set()
        else:
            server.leave.set()
            assert until_end(client) == (b"", CLOSED)
            client.close()
        wait_no_session(daemon)


def test_a_backend_that_has_closed_already_is_no_error() -> None:
    """What is sent to it comes back as a reset at once, and there is no more connection to half-close."""
    with (
        backend(lambda sock: None) as server,
        running(server.address, "100:half_close") as daemon,
        daemon.connect() as client,
    ):
        assert until_end(client) == (b"", CLOSED)
        client.sendall(b"last words")
        wait_handled(daemon, "half_close")
        wait_no_session(daemon)
