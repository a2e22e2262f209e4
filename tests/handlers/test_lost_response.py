"""lost_response: done, and nobody knows."""

import pytest

from tests.handlers.tools import CLOSED, RESET, handled, same, seed_for, until_end, wait_no_session, witnesses
from tests.running import running

HOW = [("close", CLOSED), ("reset", RESET)]


@pytest.mark.parametrize(("how", "end"), HOW)
def test_the_backend_does_its_work_and_the_client_never_hears_of_it(how: str, end: str) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:lost_response", {"lost_response.how": how}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"pay 100")
        assert until_end(client) == (b"", end)
        assert server.witness().wait_end() == (b"pay 100", CLOSED)
        assert handled(daemon, "lost_response") == [1, 1]
        wait_no_session(daemon)


@pytest.mark.parametrize(("how", "end"), HOW)
@pytest.mark.parametrize("weight", [50, 100])
def test_the_connection_lives_until_the_answer_comes(how: str, end: str, weight: int) -> None:
    """What the client says meanwhile reaches the backend, whoever gets that call; the answer's call is ours."""
    seed = seed_for({(1, True, 1): True, (1, True, 2): False, (1, False, 1): False})
    with (
        witnesses() as server,
        running(server.address, f"{weight}:lost_response", {"lost_response.how": how}, seed=seed) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"pay 100")
        witness = server.witness()
        assert witness.wait_data(7) == b"pay 100"
        client.sendall(b", please")
        assert witness.wait_data(15) == b"pay 100, please"
        assert handled(daemon, "lost_response") == [0, 1 if weight == 50 else 2]
        assert list(daemon.proxy.sessions) == [1]
        witness.sock.sendall(b"paid")
        assert until_end(client) == (b"", end)
        assert witness.wait_end() == (b"pay 100, please", CLOSED)
        assert handled(daemon, "lost_response")[False] == 1


def test_a_large_call_arrives_whole() -> None:
    size = 1_000_000
    with witnesses() as server, running(server.address, "100:lost_response") as daemon, daemon.connect() as client:
        client.sendall(bytes(size))
        witness = server.witness()
        assert len(witness.wait_data(size)) == size
        witness.sock.sendall(b"done")
        assert until_end(client) == (b"", CLOSED)
        assert witness.wait_end() == (bytes(size), CLOSED)


def test_without_an_answer_it_is_the_backend_that_ends_it() -> None:
    with witnesses() as server, running(server.address, "100:lost_response") as daemon, daemon.connect() as client:
        client.sendall(b"pay 100")
        client.shutdown(1)
        assert until_end(client) == (b"", CLOSED)
        assert server.witness().wait_end() == (b"pay 100", CLOSED)
        wait_no_session(daemon)


@pytest.mark.parametrize("direction", ["to_client", "both"])
@pytest.mark.parametrize(("how", "end"), HOW)
def test_direction_says_whose_bytes_begin_it(direction: str, how: str, end: str) -> None:
    """Acting on what goes to the client, it loses what comes unasked as well."""
    options = {"lost_response.direction": direction, "lost_response.how": how}
    with (
        witnesses() as server,
        running(server.address, "100:lost_response", options) as daemon,
        daemon.connect() as client,
    ):
        server.witness().sock.sendall(b"welcome")
        assert until_end(client) == (b"", end)
        assert server.witness().wait_end() == (b"", CLOSED)
        assert handled(daemon, "lost_response") == [1, 0]
