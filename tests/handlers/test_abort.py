"""abort: reset."""

import socket
import struct
from pathlib import Path

import pytest

from tests.handlers.tools import CLOSED, RESET, handled, same, until_end, wait_no_session, witnesses
from tests.peers import receive_exactly
from tests.running import running


def test_the_client_is_reset_and_the_backend_hears_nothing() -> None:
    with witnesses() as server, running(server.address, "100:abort") as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        assert until_end(client) == (b"", RESET)
        assert server.witness().wait_end() == (b"", CLOSED)
        wait_no_session(daemon)


def test_nothing_happens_before_the_client_has_said_something() -> None:
    with witnesses() as server, running(server.address, "100:abort") as daemon, daemon.connect() as client:
        server.wait_session().sendall(b"welcome")
        assert receive_exactly(client, 7) == b"welcome"
        client.sendall(b"hello")
        assert until_end(client) == (b"", RESET)


def test_it_is_a_reset_in_the_middle_of_a_large_upload_too() -> None:
    with witnesses() as server, running(server.address, "100:abort") as daemon, daemon.connect() as client:
        with pytest.raises(ConnectionError):  # reset, or a broken pipe if the reset is there already
            client.sendall(bytes(50_000_000))
        assert server.witness().wait_end() == (b"", CLOSED)


@pytest.mark.parametrize("direction", ["to_client", "both"])
def test_direction_says_whose_bytes_end_it(direction: str) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:abort", {"abort.direction": direction}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client) == (b"", RESET)
        heard = b"hello" if direction == "to_client" else b""
        assert server.witness().wait_end() == (heard, CLOSED)
        assert handled(daemon, "abort") == [direction == "to_client", direction == "both"]


def test_on_a_unix_socket_the_connection_ends(tmp_path: Path) -> None:
    with (
        witnesses() as server,
        running(server.address, "100:abort", local=f"unix:{tmp_path}/local") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client)[0] == b""
        assert server.witness().wait_end() == (b"", CLOSED)


def test_a_client_that_has_reset_itself_leaves_nothing() -> None:
    with witnesses() as server, running(server.address, "100:abort") as daemon:
        client = daemon.connect()
        server.witness()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.send(b"hello")
        client.close()
        assert server.witness().wait_end()[0] == b""
        wait_no_session(daemon)
