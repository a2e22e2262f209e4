"""Vaurien beside another proxy: one behind the other, with a real client and a real server at the ends."""

import random

from tests.real.through import through_dummy
from tests.servers.command import find_program, run, run_bytes
from tests.servers.haproxy import HAProxy
from tests.servers.redis import Redis


def test_behind_and_in_front_of_haproxy(redis_server: Redis) -> None:
    cli = find_program("redis-cli", "redis-tools")
    value = random.Random(11).randbytes(2_000_000)
    with (
        through_dummy(redis_server) as behind,
        HAProxy(f"127.0.0.1:{behind.port}") as haproxy,
        through_dummy(haproxy) as front,
    ):
        assert run([cli, "-p", str(front.port), "-x", "SET", "chained"], input=value) == "OK\n"
        assert run_bytes([cli, "-p", str(redis_server.port), "GET", "chained"]) == value + b"\n"
        assert run_bytes([cli, "-p", str(front.port), "GET", "chained"]) == value + b"\n"
