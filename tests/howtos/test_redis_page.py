"""What howto/redis.rst says comes true, before a real Redis."""

import socket
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.howtos.following import again, following, steps, until_raised
from tests.reader import Reader
from tests.real.protocols.test_redis_py import client
from tests.servers.redis import Redis

PAGE = "howto/redis"
WAIT = 0.2  # seconds
DEADLINE = 20.0  # seconds


def ask(reader: Reader, **more: Any) -> Any:
    """A client that says nothing of its own."""
    return client(reader.ports["6380"], 2, driver_info=None, **more)


def late_and_reset(reader: Reader) -> None:
    with ask(reader) as server:
        until_raised(redis.ConnectionError, lambda: server.get("greeting"))


def hangs(reader: Reader) -> None:
    with ask(reader, socket_timeout=WAIT) as server:
        until_raised(redis.TimeoutError, lambda: server.get("greeting"))


def counts_twice(reader: Reader) -> None:
    told: list[int] = []
    with ask(reader) as server, client(reader.ports["6379"], 2) as direct:
        until_raised(redis.ConnectionError, lambda: told.append(server.incr("count")))
        assert int(direct.get("count")) == len(told) + 1


def goes_away(reader: Reader) -> None:
    with ask(reader) as server:
        until_raised(redis.ConnectionError, lambda: server.echo("a long answer"))


def is_not_redis(reader: Reader) -> None:
    # Some bytes are the beginning of an answer, of which it waits for the rest.
    again(lambda: "Protocol error" in reader.run("timeout 2 redis-cli -p 6380 get greeting") or None)


def says_errors(reader: Reader) -> None:
    raised: set[type] = set()
    with ask(reader) as server:
        for _ in range(100):
            try:
                server.set("greeting", "hello")
            except redis.ResponseError as exc:
                raised.add(type(exc))
    assert raised == {redis.OutOfMemoryError, redis.exceptions.ReadOnlyError}
    reader.vaurien.wait_for_log("default #1 ended")
    assert "default #2" not in reader.vaurien.log, "the connection lives on"


def is_loading(reader: Reader) -> None:
    replies: list[bytes] = []
    for count in (20, 40):
        address = ("localhost", reader.ports["6380"])
        with socket.create_connection(address, DEADLINE) as plain, plain.makefile("rwb", buffering=0) as stream:
            for _ in range(count):
                stream.write(b"EXISTS greeting\r\n")
                replies.append(stream.readline())
    assert all(reply.startswith(b"-LOADING ") for reply in replies[:50])
    assert replies[50:] == [b":0\r\n"] * 10


MET = [late_and_reset, hangs, counts_twice, goes_away, is_not_redis, says_errors, is_loading]


def test_each_vaurien_of_the_page_is_tried() -> None:
    assert len(steps(PAGE)) == len(MET)


@pytest.mark.parametrize("number", range(len(MET)), ids=lambda number: MET[number].__name__)
def test_it_does_what_the_page_says(number: int, redis_server: Redis, tmp_path: Path) -> None:
    with client(redis_server.port, 2) as direct:
        direct.flushall()
    with following(PAGE, number, tmp_path, {"6379": redis_server.port}, "6380") as reader:
        MET[number](reader)
