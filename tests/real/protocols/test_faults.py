"""Faults that count requests, or act on a whole request or reply, with real drivers."""

import time
from typing import Any

import pytest
import redis
import requests

from tests.real.protocols import test_pymysql
from tests.real.protocols.test_redis_py import client
from tests.real.protocols.through import before
from tests.servers.mariadb import MariaDB
from tests.servers.nginx import Nginx
from tests.servers.redis import Redis

SILENT: dict[str, Any] = {"driver_info": None}  # so that a client says nothing of its own at the beginning
LATE = 0.2


def test_transient_counts_requests_and_warmup_leaves_the_first_alone(redis_server: Redis) -> None:
    options = ["--handlers.transient.agitate", "5", "--handlers.transient.warmup", "3"]
    options += ["--behavior", "100:transient", "--handlers.transient.errors", "READONLY"]
    with before(redis_server.distant, "redis", *options) as vaurien, client(vaurien.port, 2, **SILENT) as server:
        pipeline = server.pipeline(transaction=False)
        for number in range(20):
            pipeline.set("key", number)
        said = pipeline.execute(raise_on_error=False)
        pipeline.close()
    failed = [isinstance(word, redis.exceptions.ReadOnlyError) for word in said]
    assert failed == [False] * 3 + [True] * 5 + [False] * 12


def test_transient_with_keep_alive(nginx_server: Nginx) -> None:
    options = ["--behavior", "100:transient", "--handlers.transient.codes", "503"]
    with before(nginx_server.distant, "http", *options) as vaurien, requests.Session() as session:
        codes = [session.get(f"http://127.0.0.1:{vaurien.port}/1kB.bin").status_code for _ in range(10)]
    assert codes == [503] * 3 + [200] * 7


def test_a_request_that_hangs_is_one_that_the_backend_never_saw(redis_server: Redis) -> None:
    picked = ["--hook", "tests.real.protocols.passing.Picking", "--hooks.picking.command", "INCRBY"]
    with (
        client(redis_server.port, 2) as direct,
        before(redis_server.distant, "redis", *picked, "--hooks.picking.handler", "hang") as vaurien,
    ):
        direct.set("hung", 1)
        with client(vaurien.port, 2, socket_timeout=LATE) as server:
            assert server.get("hung") == b"1"
            with pytest.raises(redis.exceptions.TimeoutError):
                server.incr("hung")
        assert direct.get("hung") == b"1"


def test_truncate_cuts_a_reply_short(nginx_server: Nginx) -> None:
    options = ["--behavior", "100:truncate", "--handlers.truncate.bytes", "700"]
    cut = pytest.raises(requests.exceptions.ChunkedEncodingError)
    with before(nginx_server.distant, "http", *options) as vaurien, cut:
        requests.get(f"http://127.0.0.1:{vaurien.port}/1kB.bin", timeout=20)


@pytest.mark.parametrize("size", [100, 300_000])
def test_drip_spreads_a_reply(redis_server: Redis, size: int) -> None:
    picked = ["--behavior", "100:drip", "--handlers.drip.bytes", str(size // 8), "--handlers.drip.interval", "0.05"]
    with before(redis_server.distant, "redis", *picked) as vaurien, client(vaurien.port, 2, **SILENT) as server:
        server.set("dripped", b"x" * size)
        began = time.monotonic()
        assert server.get("dripped") == b"x" * size
        assert 0.05 <= time.monotonic() - began < 5


@pytest.mark.parametrize("direction", ["to_backend", "to_client", "both"])
def test_each_request_or_reply_is_late_once(mariadb_server: MariaDB, direction: str) -> None:
    picked = ["--behavior", "100:delay", "--handlers.delay.sleep", "0.05", "--handlers.delay.direction", direction]
    through = before(mariadb_server.distant, "mysql", *picked)
    with through as vaurien, test_pymysql.connect(vaurien.port) as connection:
        began = time.monotonic()
        for number in range(5):
            said = test_pymysql.ask(connection, f"SELECT seq FROM seq_1_to_20000 WHERE seq > {number}")
            assert len(said[0][1]) == 20_000 - number  # many packets, and pieces
        spent = time.monotonic() - began
    assert 5 * 0.05 * (2 if direction == "both" else 1) <= spent < 5
