"""``refuse``: the client is reset at once, and no backend hears of it."""

from tests.path.tools import fate_of_a_client
from tests.peers import Backend
from tests.session_handlers.tools import beginning, counted, ended


def test_the_client_is_reset(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:refuse") as daemon:
        for _ in range(5):
            assert fate_of_a_client(daemon) == "reset"
        assert ended(daemon) == {"ended by refuse": 5}
        assert counted(daemon) == {"refuse": 5}
    assert not echo_backend.sessions


def test_a_client_that_has_said_something_is_reset_too(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:refuse") as daemon:
        try:
            with daemon.connect() as client:
                client.sendall(b"question")
                client.recv(1)
        except ConnectionError:
            pass
        else:
            raise AssertionError("not reset")
        assert ended(daemon) == {"ended by refuse": 1}
    assert not echo_backend.sessions
