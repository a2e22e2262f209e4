"""What hooks do in place of the engine, at the start of a session: serve, carry, prepare; before a real Redis."""

import socket
from typing import Any

import pytest

from tests.handlers.tools import CLOSED, until_end
from tests.hooks.speaking import came, redis, words
from tests.hooks.tools import Notes, hook, hooked, noting
from tests.servers.redis import Redis
from vaurien.hooks import TAKEN, Reply


def test_a_hook_serves_the_client_itself_and_redis_is_never_contacted(
    redis_server: Redis, redis_directly: socket.socket
) -> None:
    def serve(session: Any) -> Any:
        with pytest.raises(AttributeError, match="not connected"):
            _ = session.backend_sock
        while data := session.client_sock.recv(65536):
            session.client_sock.sendall(b"+PONG\r\n" * data.count(b"PING"))
        return TAKEN

    notes = Notes()
    hooks = [hook(session_started=serve), noting(notes, "x", ("backend_connected", "before", "session_ended"))]
    before = came(redis_directly, "total_connections_received")
    with hooked(redis_server.distant, *hooks) as daemon, daemon.connect() as client:
        assert [redis(client, "PING") for _ in range(3)] == [b"+PONG"] * 3
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"", CLOSED)
        assert notes.wait(1) == ["x.session_ended"]
        assert came(redis_directly, "total_connections_received") == before


def test_a_hook_carries_the_bytes_itself(redis_server: Redis, redis_directly: socket.socket) -> None:
    def carry(session: Any) -> Any:
        session.backend_sock.sendall(words("SELECT", "3"))
        assert session.backend_sock.recv(100) == b"+OK\r\n"
        while data := session.client_sock.recv(65536):
            session.backend_sock.sendall(data)
            session.client_sock.sendall(session.backend_sock.recv(65536).upper())
        return TAKEN

    with hooked(redis_server.distant, hook(backend_connected=carry)) as daemon, daemon.connect() as client:
        assert redis(client, "SET", "key", "value") == b"+OK"
        assert redis(client, "GET", "key") == b"VALUE"
        assert redis(redis_directly, "GET", "key") == b"$-1"
        assert redis(redis_directly, "SELECT", "3") == b"+OK"
        assert redis(redis_directly, "GET", "key") == b"value"


def test_a_hook_prepares_the_backend_connection_and_leaves_the_rest(redis_server: Redis) -> None:
    def prepare(session: Any) -> None:
        session.backend_sock.sendall(words("CLIENT", "SETNAME", "prepared"))
        assert session.backend_sock.recv(100) == b"+OK\r\n"

    with hooked(redis_server.distant, hook(backend_connected=prepare)) as daemon, daemon.connect() as client:
        assert redis(client, "CLIENT", "GETNAME") == b"prepared"


def test_a_hook_looks_at_the_first_bytes_and_lets_them_go_on(redis_server: Redis) -> None:
    def refuse(session: Any) -> Reply | None:
        first = session.client_sock.recv(100, socket.MSG_PEEK)
        return Reply(b"HTTP/1.1 400 Bad Request\r\n\r\n") if first.startswith(b"GET ") else None

    with hooked(redis_server.distant, hook(session_started=refuse)) as daemon:
        with daemon.connect() as client:
            assert redis(client, "PING") == b"+PONG"
        with daemon.connect() as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert until_end(client) == (b"HTTP/1.1 400 Bad Request\r\n\r\n", CLOSED)


@pytest.mark.parametrize(
    ("point", "whose"),
    [("session_started", "client"), ("backend_connected", "client"), ("backend_connected", "backend")],
)
def test_a_hook_closes_a_socket(redis_server: Redis, redis_directly: socket.socket, point: str, whose: str) -> None:
    """The session is over with that, as when a handler does it."""

    def close(session: Any) -> None:
        (session.client_sock if whose == "client" else session.backend_sock).close()

    notes = Notes()
    hooks = [hook(**{point: close}), noting(notes, "x", ("before", "session_ended"))]
    before = came(redis_directly, "total_connections_received")
    with hooked(redis_server.distant, *hooks) as daemon, daemon.connect() as client:
        assert until_end(client) == (b"", CLOSED)
        assert notes.wait(1) == ["x.session_ended"]
    contacted = point == "backend_connected"
    assert came(redis_directly, "total_connections_received") == before + contacted
