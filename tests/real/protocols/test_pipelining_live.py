"""A client that always has requests under way, while a behavior that needs messages comes and goes: each reply is that
to its request, or an error in its place."""

import random
import re
import socket
from collections.abc import Callable
from typing import BinaryIO

from tests.path.speaking import live
from tests.real.protocols.through import CALLS
from tests.running import running
from tests.servers.base import Server
from tests.servers.nginx import Nginx
from tests.servers.redis import Redis

TOGGLES = max(20, CALLS // 50)
WINDOW = 8
"""So many requests are under way."""
CONTENTS = 1000
"""So many replies can be told from each other."""


def redis_request(number: int) -> bytes:
    return b"*2\r\n$4\r\nECHO\r\n$3\r\n%03d\r\n" % number


def redis_reply(stream: BinaryIO) -> int | None:
    """The number in the next reply; None for an error."""
    head = stream.readline()
    if head.startswith(b"-"):
        return None
    assert head == b"$3\r\n"
    return int(stream.readline())


def http_request(number: int) -> bytes:
    return b"GET /1kB.bin HTTP/1.1\r\nHost: here\r\nRange: bytes=%d-%d\r\n\r\n" % (number, number)


def http_reply(stream: BinaryIO) -> int | None:
    """The same of HTTP: the number is that of the byte."""
    status = int(stream.readline().split()[1])
    head = b"".join(iter(stream.readline, b"\r\n"))
    length = re.search(rb"(?im)^content-length: (\d+)", head)
    assert length is not None
    stream.read(int(length[1]))
    if status != 206:
        assert status >= 400
        return None
    sent = re.search(rb"(?im)^content-range: bytes (\d+)-", head)
    assert sent is not None
    return int(sent[1])


def pipelined(
    server: Server, protocol: str, request: Callable[[int], bytes], reply: Callable[[BinaryIO], int | None]
) -> None:
    chance = random.Random(7)
    errors, asked, heard = 0, 0, 0
    with (
        running((server.host, server.port), protocol=protocol, seed=5) as daemon,
        daemon.connect() as client,
        client.makefile("rb") as stream,
    ):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for toggle in range(TOGGLES):
            live(daemon, "100:dummy" if toggle % 2 else "50:error")
            for _ in range(chance.randrange(1, 4 * WINDOW)):
                while asked < heard + WINDOW:
                    client.sendall(request(asked % CONTENTS))
                    asked += 1
                number = reply(stream)
                assert number in (None, heard % CONTENTS), f"{number} came for {heard % CONTENTS}, toggle {toggle}"
                errors += number is None
                heard += 1
        assert daemon.proxy.sessions[1].conversation is None or not daemon.proxy.sessions[1].conversation.plain
    assert errors > TOGGLES // 2


def test_redis(redis_server: Redis) -> None:
    pipelined(redis_server, "redis", redis_request, redis_reply)


def test_http(nginx_server: Nginx) -> None:
    pipelined(nginx_server, "http", http_request, http_reply)
