"""Filters that rewrite requests and replies, before a real Redis and a real nginx."""

import socket

from tests.handlers.tools import until_end
from tests.hooks.speaking import redis, redis_reply, words
from tests.hooks.tools import add, hook, hooked, rewriting
from tests.running import Running
from tests.servers.nginx import Nginx
from tests.servers.redis import Redis
from vaurien.hooks import Message


def test_a_request_is_rewritten(redis_server: Redis, redis_directly: socket.socket) -> None:
    redis(redis_directly, "MSET", "secret", "hidden", "public", "shown")
    with (
        hooked(redis_server.distant, hook(incoming=rewriting(b"secret", b"public"))) as daemon,
        daemon.connect() as client,
    ):
        assert redis(client, "GET", "secret") == b"shown"


def test_a_reply_is_rewritten(redis_server: Redis) -> None:
    with (
        hooked(redis_server.distant, hook(outgoing=rewriting(b"+PONG", b"+POLO"))) as daemon,
        daemon.connect() as client,
    ):
        assert redis(client, "PING") == b"+POLO"
        client.sendall(words("PING") * 3)
        assert [redis_reply(client) for _ in range(3)] == [b"+POLO"] * 3, "also when they come together"


def test_headers_are_rewritten_in_both_directions(nginx_server: Nginx) -> None:
    """A request for plain text that nginx would compress, and a server that does not say what it is."""

    def request(message: Message) -> Message:
        return rewriting(b"\r\n\r\n", b"\r\nAccept-Encoding: gzip\r\n\r\n")(message) if message.to_backend else message

    def response(message: Message) -> Message:
        head, end, body = message.data.partition(b"\r\n\r\n")
        if message.to_backend or not head.startswith(b"HTTP/"):
            return message
        return message.with_data(head + b"\r\nX-Vaurien: was here" + end + body)

    with hooked(nginx_server.distant, hook("requests", incoming=request)) as daemon:
        assert header(daemon).get("Content-Encoding") == "gzip"
        add(daemon, hook("responses", outgoing=response))
        assert header(daemon).get("X-Vaurien") == "was here"


def header(daemon: Running) -> dict[str, str]:
    """The header of the answer to a HEAD, which has no body."""
    with daemon.connect() as client:
        client.sendall(b"HEAD /lines.txt HTTP/1.1\r\nHost: vaurien.test\r\nConnection: close\r\n\r\n")
        lines = until_end(client)[0].decode().splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)
