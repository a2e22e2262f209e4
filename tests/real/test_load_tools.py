"""Load generators see no error through Vaurien, neither when it relays nor when it delays a fifth of the calls."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.program import Program
from tests.real.through import through_dummy, through_mixture
from tests.servers.base import Server
from tests.servers.command import find_program, run
from tests.servers.iperf3 import Iperf3
from tests.servers.nginx import Nginx
from tests.servers.redis import Redis

Through = Callable[[Server], AbstractContextManager[Program]]

# What one connection may hold on its way at the end of a test: socket buffers of three hops, and iperf3's own.
UNDER_WAY = 48_000_000


@pytest.fixture(params=[through_dummy, through_mixture], ids=["dummy", "mixture"])
def through(request: pytest.FixtureRequest) -> Through:
    chosen: Through = request.param
    return chosen


@pytest.mark.parametrize("flags", [["-c", "50"], ["-c", "20", "-P", "16"]], ids=["one by one", "pipelined"])
def test_redis_benchmark(redis_server: Redis, through: Through, flags: list[str]) -> None:
    """It ends with an error at the first wrong answer."""
    benchmark = find_program("redis-benchmark", "redis-tools")
    tests = ["ping", "set", "get", "incr", "zadd", "lrange_100", "mset"]
    with through(redis_server) as vaurien:
        load = [benchmark, "-h", "127.0.0.1", "-p", str(vaurien.port), "-n", "2000", "-t", ",".join(tests), "--csv"]
        said = run([*load, *flags])
    assert "Error" not in said
    rates = [float(line.split('","')[1]) for line in said.splitlines()[1:]]
    assert len(rates) == len(tests) + 2  # two kinds of ping, and a fill before lrange
    assert all(rate > 0 for rate in rates)


def test_redis_benchmark_with_values_of_a_megabyte(redis_server: Redis, through: Through) -> None:
    benchmark = find_program("redis-benchmark", "redis-tools")
    with through(redis_server) as vaurien:
        load = [benchmark, "-h", "127.0.0.1", "-p", str(vaurien.port), "-n", "200", "-c", "5", "-d", "1000000"]
        said = run([*load, "-t", "set,get", "--csv"])
        length = [find_program("redis-cli", "redis-tools"), "-p", str(vaurien.port), "STRLEN", "key:__rand_int__"]
        assert run(length) == "1000000\n"
    assert "Error" not in said
    assert len(said.splitlines()) == 3


@pytest.mark.parametrize("headers", [[], ["-H", "Connection: close"]], ids=["keep-alive", "close"])
def test_wrk(nginx_server: Nginx, through: Through, headers: list[str]) -> None:
    """It prints a line of errors only when there are any."""
    wrk = find_program("wrk", "wrk")
    with through(nginx_server) as vaurien:
        url = f"http://127.0.0.1:{vaurien.port}/1kB.bin"
        said = run([wrk, "-t", "1", "-c", "20", "-d", "1s", *headers, url])
    done = re.search(r"^ *(\d+) requests in ", said, re.MULTILINE)
    assert done is not None and int(done[1]) > 100, said
    assert "Socket errors" not in said
    assert "Non-2xx" not in said


@pytest.mark.parametrize("streams", [1, 8])
@pytest.mark.parametrize("flags", [[], ["-R"]], ids=["to_backend", "to_client"])
def test_iperf3(iperf3_server: Iperf3, through: Through, streams: int, flags: list[str]) -> None:
    # iperf3 counts what was read by the end of the test, also with no proxy between its sides. The two counts are equal
    # for certain only where the client itself receives and waits for one stream's every byte.
    exact = streams == 1 and flags == ["-R"]
    total = 2**28 if through is through_dummy else 2**26  # whole blocks: iperf3 sends 128 kB at once
    with through(iperf3_server) as vaurien:
        result = iperf3(vaurien.port, "-P", str(streams), "-n", str(total), *flags)
    end = result["end"]
    assert len(end["streams"]) == streams
    assert end["sum_sent"]["bytes"] >= total
    for stream in end["streams"]:
        missing = stream["sender"]["bytes"] - stream["receiver"]["bytes"]
        assert missing == 0 if exact else 0 <= missing < UNDER_WAY


def test_iperf3_both_ways_at_once(iperf3_server: Iperf3, through: Through) -> None:
    with through(iperf3_server) as vaurien:
        result = iperf3(vaurien.port, "--bidir", "-t", "1")
    for total in ("sum_sent", "sum_received", "sum_sent_bidir_reverse", "sum_received_bidir_reverse"):
        assert result["end"][total]["bytes"] > 1_000_000


def iperf3(port: int, *flags: str) -> dict[str, Any]:
    """The result of one test, free of errors."""
    client = find_program("iperf3", "iperf3")
    result: dict[str, Any] = json.loads(run([client, "--client", "127.0.0.1", "--port", str(port), "--json", *flags]))
    assert "error" not in result
    return result
