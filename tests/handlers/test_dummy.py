"""dummy: nothing goes wrong."""

import random
import socket
import threading

import pytest

from tests.handlers.tools import CLOSED, ask, handled, same, until_end, wait_no_session, witnesses
from tests.peers import receive_all
from tests.running import running
from vaurien.handlers.dummy import Dummy


class Called(Dummy):
    """A dummy that the engine must call, as it must where somebody wants to see the bytes."""

    name = "called"
    in_loop = False


CALLED = "tests.handlers.test_dummy.Called"


@pytest.mark.parametrize("behavior", ["100:dummy", "20:dummy", f"100:{CALLED}"])
@pytest.mark.parametrize("size", [1, 65536, 3_000_000])
def test_everything_arrives_unchanged(behavior: str, size: int) -> None:
    data = random.Random(size).randbytes(size)
    with witnesses(same) as server, running(server.address, behavior) as daemon, daemon.connect() as client:
        sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)))
        sender.start()
        assert receive_all(client) == data
        sender.join()
        assert server.witness().wait_end() == (data, CLOSED)
        wait_no_session(daemon)


@pytest.mark.parametrize("behavior", ["100:dummy", f"100:{CALLED}"])
def test_the_end_of_one_direction_leaves_the_other(behavior: str) -> None:
    with witnesses(stays=True) as server, running(server.address, behavior) as daemon, daemon.connect() as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert server.witness().wait_end() == (b"question", CLOSED)
        server.witness().sock.sendall(b"answer")
        server.leave.set()
        assert until_end(client) == (b"answer", CLOSED)


@pytest.mark.parametrize("direction", ["both", "to_backend", "to_client"])
def test_the_engine_relays_without_calling_it_and_draws_nothing(direction: str) -> None:
    options = {"dummy.direction": direction}
    with witnesses(same) as server, running(server.address, "60:dummy", options) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        assert handled(daemon, "dummy") == [0, 0]
        assert daemon.proxy.crew.choices == (None, None)
        assert [daemon.proxy.sessions[1].calls(to_backend) for to_backend in (False, True)] == [1, 1]


def test_it_is_called_where_it_does_not_allow_the_engine_to_relay() -> None:
    with witnesses(same) as server, running(server.address, f"100:{CALLED}") as daemon, daemon.connect() as client:
        for _ in range(3):
            assert ask(client, b"hello") == b"hello"
        assert handled(daemon, "called") == [3, 3]
