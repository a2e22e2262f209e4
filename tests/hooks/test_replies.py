"""Answers that hooks forge, in place of the backend's or of an error, before a real Redis and a real nginx."""

import socket
from typing import Any

import pytest

from tests.hooks.speaking import came, http, redis, words
from tests.hooks.tools import hook, hooked, to_backend
from tests.servers.nginx import Nginx
from tests.servers.redis import Redis
from vaurien.call import Call
from vaurien.hooks import TAKEN, Message, Reply

PICKY = "100:tests.hooks.own.Picky"


# a forged answer


@pytest.mark.parametrize("point", ["before", "incoming", "outgoing"])
def test_a_forged_answer_is_one_that_redis_never_sees(
    redis_server: Redis, redis_directly: socket.socket, point: str
) -> None:
    def refuse(told: Call | Message) -> Any:
        if told.to_backend and b"DEL" in told.data:
            return Reply(b"-READONLY You can't write against a read only replica.\r\n")
        return told if isinstance(told, Message) else None

    with hooked(redis_server.distant, hook(**{point: refuse})) as daemon, daemon.connect() as client:
        assert redis(client, "SET", "key", "value") == b"+OK"
        before = came(redis_directly, "total_commands_processed")
        assert redis(client, "DEL", "key").startswith(b"-READONLY ")
        assert came(redis_directly, "total_commands_processed") == before + 1, "INFO itself, and nothing else"
        assert redis(client, "GET", "key") == b"value", "and the session goes on"
        assert redis(redis_directly, "GET", "key") == b"value"


@pytest.mark.parametrize("point", ["before", "incoming", "outgoing"])
def test_a_forged_reply_to_the_backend_reaches_it_as_a_command(redis_server: Redis, point: str) -> None:
    """A `Reply` goes back to where the call came from: that of a reply to the server, which takes it for a command."""

    def answer(told: Call | Message) -> Any:
        if not told.to_backend and b"first" in told.data:
            return Reply(words("ECHO", "second"))
        return told if isinstance(told, Message) else None

    with hooked(redis_server.distant, hook(**{point: answer})) as daemon, daemon.connect() as client:
        assert redis(client, "ECHO", "first") == b"second"
        assert redis(client, "ECHO", "third") == b"third"


@pytest.mark.parametrize("point", ["before", "incoming"])
def test_a_forged_page(nginx_server: Nginx, point: str) -> None:
    forged = b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 4\r\n\r\ntea!"

    def forge(told: Call | Message) -> Any:
        if told.to_backend and told.data.startswith(b"PUT "):
            return Reply(forged)
        return told if isinstance(told, Message) else None

    with hooked(nginx_server.distant, hook(**{point: forge})) as daemon, daemon.connect() as client:
        status, _, body = http(client, "/upload/forged", "PUT", **{"Content-Length": "0"})
        assert (status, body) == (b"HTTP/1.1 418 I'm a teapot", b"tea!")
        assert http(client, "/index.html")[2] == nginx_server.files["index.html"]
        assert http(client, "/upload/forged")[0] == b"HTTP/1.1 404 Not Found", "it was never put there"


# an answer in place of an error


@pytest.mark.parametrize("answer", [Reply(b"-ERR chaos\r\n"), TAKEN])
def test_an_error_is_answered_and_the_session_goes_on(redis_server: Redis, answer: Any) -> None:
    def on_error(call: Call, exc: BaseException) -> Any:
        if not isinstance(exc, ZeroDivisionError):
            return None
        if answer is TAKEN:
            call.session.client_sock.sendall(b"-ERR chaos\r\n")  # type: ignore[attr-defined]
        return answer

    with (
        hooked(redis_server.distant, hook(on_error=on_error), behavior=PICKY) as daemon,
        daemon.connect() as client,
    ):
        for _ in range(3):
            assert redis(client, "ECHO", "BOOM") == b"-ERR chaos"
            assert redis(client, "ECHO", "quiet") == b"quiet"


def test_an_error_in_a_reply_is_answered_to_the_client(redis_server: Redis, redis_directly: socket.socket) -> None:
    """Whatever the direction of the call: it is the client who gets what `on_error` says."""
    redis(redis_directly, "SET", "key", "BOOM")
    answering = hook(on_error=lambda call, exc: Reply(b"-ERR chaos\r\n"))
    with hooked(redis_server.distant, answering, behavior=PICKY) as daemon, daemon.connect() as client:
        assert redis(client, "GET", "key") == b"-ERR chaos"
        assert redis(client, "GET", "nothing") == b"$-1"


def test_an_error_of_a_hook_is_answered_too(redis_server: Redis) -> None:
    def on_error(call: Call, exc: BaseException) -> Reply:
        return Reply(f"-ERR {type(exc).__name__}\r\n".encode())

    def fail(call: Call) -> None:
        if b"secret" in call.data:
            raise PermissionError

    hooks = [hook("answers", on_error=on_error), hook("fails", before=to_backend(fail))]
    with hooked(redis_server.distant, *hooks) as daemon, daemon.connect() as client:
        assert redis(client, "GET", "secret") == b"-ERR PermissionError"
        assert redis(client, "ECHO", "on") == b"on", "the question that failed has not gone on"
