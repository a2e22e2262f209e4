"""drip: little by little."""

import socket
import time

import pytest

from tests.handlers.tools import CLOSED, SLACK, handled, same, until_end, wait_handled, wait_no_session, witnesses
from tests.running import running
from vaurien.closing import reset
from vaurien.errors import ConfigError

INTERVAL = 0.05
ANSWER = b"0123456789"


def pieces(sock: socket.socket, size: int, start: float) -> list[tuple[int, float]]:
    """How many bytes each read found, and how many seconds after `start`, until there were `size`."""
    found: list[tuple[int, float]] = []
    while sum(count for count, _ in found) < size:
        count = len(sock.recv(65536))
        assert count, "the stream ended"
        found.append((count, time.monotonic() - start))
    return found


@pytest.mark.parametrize("size", [1, 3, 5, 10])
def test_so_many_bytes_come_at_a_time_with_a_pause_between(size: int) -> None:
    options = {"drip.bytes": size, "drip.interval": INTERVAL}
    with (
        witnesses(lambda question: ANSWER) as server,
        running(server.address, "100:drip", options) as daemon,
        daemon.connect() as client,
    ):
        start = time.monotonic()
        client.sendall(b"question")
        seen = pieces(client, len(ANSWER), start)
        got = 0
        for count, moment in seen:
            # a slow reader may find two pieces at once, but never a part of one, and never one too early
            assert count % size == 0 or got + count == len(ANSWER)
            got += count
            last_piece = (got - 1) // size
            assert last_piece * INTERVAL <= moment < last_piece * INTERVAL + SLACK
        assert handled(daemon, "drip") == [1, 0]
        assert server.witness().data == b"question"


def test_the_bytes_stay_what_they_are() -> None:
    data = bytes(range(256)) * 300
    with (
        witnesses(same) as server,
        running(server.address, "100:drip", {"drip.bytes": 1000, "drip.interval": 0}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (data, CLOSED)


def test_a_tenth_of_a_second_for_each_byte_is_the_default() -> None:
    with (
        witnesses(lambda question: b"abc") as server,
        running(server.address, "100:drip") as daemon,
        daemon.connect() as client,
    ):
        start = time.monotonic()
        client.sendall(b"question")
        assert 0.2 <= pieces(client, 3, start)[-1][1] < 0.2 + SLACK


@pytest.mark.parametrize(("direction", "calls"), [("to_backend", [0, 1]), ("both", [1, 1])])
def test_direction_says_whose_bytes_drip(direction: str, calls: list[int]) -> None:
    options = {"drip.bytes": 4, "drip.interval": INTERVAL, "drip.direction": direction}
    moments = []

    def answer(question: bytes) -> bytes:
        moments.append(time.monotonic())
        return ANSWER if len(server.witness().data) == 10 else b""

    with (
        witnesses(answer) as server,
        running(server.address, "100:drip", options) as daemon,
        daemon.connect() as client,
    ):
        start = time.monotonic()
        client.sendall(b"abcdefghij")
        pieces(client, len(ANSWER), start)
        assert moments[-1] - start >= 2 * INTERVAL
        assert server.witness().data == b"abcdefghij"
        assert handled(daemon, "drip") == calls


def test_the_other_direction_goes_on_meanwhile() -> None:
    with (
        witnesses() as server,
        running(server.address, "100:drip", {"drip.interval": 3600}) as daemon,
        daemon.connect() as client,
    ):
        witness = server.witness()
        witness.sock.sendall(ANSWER)
        assert client.recv(100) == b"0"
        client.sendall(b"question")
        assert witness.wait_data(8) == b"question"


def test_a_client_that_leaves_meanwhile_is_no_error() -> None:
    with (
        witnesses() as server,
        running(server.address, "100:drip", {"drip.bytes": 1, "drip.interval": 0.01}) as daemon,
    ):
        client = daemon.connect()
        server.witness().sock.sendall(ANSWER * 10)
        wait_handled(daemon, "drip", to_backend=False)
        reset(client)
        assert server.witness().wait_end()[0] == b""
        wait_no_session(daemon)


@pytest.mark.parametrize(("option", "value"), [("bytes", "0"), ("bytes", "1.5"), ("interval", "-1")])
def test_wrong_values_are_refused(option: str, value: str) -> None:
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), "100:drip", {f"drip.{option}": value}):
        pass
    assert raised.value.where == f"--handlers.drip.{option}"
