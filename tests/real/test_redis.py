"""Redis' own clients, directly and through Vaurien."""

import hashlib
import random
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.program import Program
from tests.real.through import SHORT_SLEEP, SLEEP, through_delay, through_dummy
from tests.servers.command import clean_environment, find_program, run, run_bytes
from tests.servers.redis import Redis

# Every type, a script, transactions, errors; nothing in the answers depends on time or on chance.
COMMANDS = (Path(__file__).parent / "workloads" / "redis.txt").read_bytes()


@pytest.fixture(scope="module")
def dummy(redis_server: Redis) -> Iterator[Program]:
    with through_dummy(redis_server) as vaurien:
        yield vaurien


@pytest.fixture(scope="module")
def delay(redis_server: Redis) -> Iterator[Program]:
    with through_delay(redis_server) as vaurien:
        yield vaurien


def redis_cli(port: int, *arguments: str) -> list[str | Path]:
    return [find_program("redis-cli", "redis-tools"), "-h", "127.0.0.1", "-p", str(port), *arguments]


def encoded(*arguments: bytes) -> bytes:
    """A command in Redis' own protocol."""
    parts = b"".join(b"$%d\r\n%s\r\n" % (len(argument), argument) for argument in arguments)
    return b"*%d\r\n%s" % (len(arguments), parts)


def digest(port: int) -> str:
    """What Redis says its whole data set amounts to."""
    answer = run(redis_cli(port, "DEBUG", "DIGEST")).strip()
    assert re.fullmatch("[0-9a-f]{40}", answer)
    return answer


@pytest.mark.parametrize("protocol", ["-2", "-3"])
def test_commands_of_every_kind_answer_as_directly(redis_server: Redis, dummy: Program, protocol: str) -> None:
    direct = run_bytes(redis_cli(redis_server.port, protocol, "--no-raw"), input=COMMANDS)
    proxied = run_bytes(redis_cli(dummy.port, protocol, "--no-raw"), input=COMMANDS)
    assert proxied == direct
    assert direct.count(b"(error)") == 7
    assert b"the end" in direct


def test_large_values_pass_whole(redis_server: Redis, dummy: Program) -> None:
    value = random.Random(2).randbytes(8_000_000)
    assert run(redis_cli(dummy.port, "-x", "SET", "large"), input=value) == "OK\n"
    assert run_bytes(redis_cli(redis_server.port, "GET", "large")) == value + b"\n"
    back = run_bytes(redis_cli(dummy.port, "GET", "large"))
    assert hashlib.sha256(back).hexdigest() == hashlib.sha256(value + b"\n").hexdigest()
    assert run(redis_cli(dummy.port, "STRLEN", "large")) == f"{len(value)}\n"


def test_a_pipeline_of_thousands_of_commands(redis_server: Redis, dummy: Program) -> None:
    chance = random.Random(3)
    commands = [encoded(b"FLUSHALL")]
    for number in range(30_000):
        size = chance.choice([0, 1, 10, 100, 1000])
        commands.append(encoded(b"SET", b"key:%d" % number, chance.randbytes(size)))
        commands.append(encoded(b"LPUSH", b"list:%d" % (number % 100), b"%d" % number))
    digests = []
    for port in (redis_server.port, dummy.port):
        said = run(redis_cli(port, "--pipe"), input=b"".join(commands))
        assert "errors: 0, replies: 60001" in said
        digests.append(digest(redis_server.port))
    assert digests[0] == digests[1]


def test_a_replica_copies_and_follows_its_master(redis_server: Redis, dummy: Program) -> None:
    fill = b"".join(encoded(b"SET", b"key:%d" % n, b"value %d " % n * 50) for n in range(5000))
    assert "errors: 0" in run(redis_cli(redis_server.port, "--pipe"), input=encoded(b"FLUSHALL") + fill)
    with Redis("--replicaof", f"127.0.0.1 {dummy.port}", "--replica-read-only", "no") as replica:
        wait_for_replicas(redis_server.port)
        assert digest(replica.port) == digest(redis_server.port)
        more = b"".join(encoded(b"INCRBY", b"number:%d" % n, b"%d" % n) for n in range(5000))
        assert "errors: 0" in run(redis_cli(redis_server.port, "--pipe"), input=more)
        wait_for_replicas(redis_server.port)
        assert run(redis_cli(replica.port, "GET", "number:4999")) == "4999\n"
        assert digest(replica.port) == digest(redis_server.port)


def wait_for_replicas(port: int) -> None:
    """Wait until a replica has all that was written so far.

    WAIT alone would do, but it looks only at what its own connection has written.
    """
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if run(redis_cli(port), input=b"SET written 1\nWAIT 1 500\n") == "OK\n1\n":
            return
    raise AssertionError("no replica has come")


def test_published_messages_reach_subscribers_behind_the_proxy(redis_server: Redis, dummy: Program) -> None:
    listen = redis_cli(dummy.port, "PSUBSCRIBE", "news.*")
    with subprocess.Popen(listen, stdout=subprocess.PIPE, env=clean_environment()) as subscriber:
        try:
            assert subscriber.stdout is not None
            assert [subscriber.stdout.readline() for _ in range(3)] == [b"psubscribe\n", b"news.*\n", b"1\n"]
            for number in range(100):
                assert run(redis_cli(redis_server.port, "PUBLISH", "news.now", f"message {number}")) == "1\n"
                got = [subscriber.stdout.readline() for _ in range(4)]
                assert got == [b"pmessage\n", b"news.*\n", b"news.now\n", b"message %d\n" % number]
        finally:
            subscriber.kill()


def test_a_blocked_client_is_woken_by_another(redis_server: Redis, dummy: Program) -> None:
    run(redis_cli(redis_server.port, "DEL", "queue"))
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(run, redis_cli(dummy.port, "BLPOP", "queue", "20"))
        wait_for_blocked_client(redis_server.port)
        assert run(redis_cli(dummy.port, "RPUSH", "queue", "wake up")) == "1\n"
        assert waiting.result(20) == "queue\nwake up\n"


def wait_for_blocked_client(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if "blocked_clients:1\r" in run(redis_cli(port, "INFO", "clients")):
            return
    raise AssertionError("nobody waits")


def test_clients_at_the_same_time_lose_no_command(redis_server: Redis, dummy: Program) -> None:
    run(redis_cli(redis_server.port, "DEL", "counter"))
    work = b"INCR counter\n" * 2000
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: run(redis_cli(dummy.port), input=work).split(), range(8)))
    assert sorted(int(answer) for client in answers for answer in client) == list(range(1, 16_001))
    for client in answers:
        assert client == sorted(client, key=int)


def test_every_round_trip_is_delayed(delay: Program) -> None:
    with socket.create_connection(("127.0.0.1", delay.port), timeout=20) as sock, sock.makefile("rb") as answers:
        for number in range(10):
            began = time.monotonic()
            sock.sendall(encoded(b"ECHO", b"number %d" % number))
            assert answers.readline() == b"$8\r\n"
            assert answers.readline() == b"number %d\r\n" % number
            assert SLEEP <= time.monotonic() - began < 5


def test_commands_through_delay_answer_as_directly(redis_server: Redis) -> None:
    direct = run_bytes(redis_cli(redis_server.port, "--no-raw"), input=COMMANDS)
    with through_delay(redis_server, SHORT_SLEEP) as vaurien:
        began = time.monotonic()
        proxied = run_bytes(redis_cli(vaurien.port, "--no-raw"), input=COMMANDS)
        spent = time.monotonic() - began
    assert proxied == direct
    round_trips = len(COMMANDS.splitlines())  # redis-cli waits for each answer before it sends the next line
    assert round_trips * SHORT_SLEEP <= spent < round_trips * SHORT_SLEEP + 20


def test_a_large_value_through_delay_is_whole(redis_server: Redis, delay: Program) -> None:
    value = random.Random(4).randbytes(1_000_000)
    began = time.monotonic()
    assert run(redis_cli(delay.port, "-x", "SET", "delayed"), input=value) == "OK\n"
    assert time.monotonic() - began >= SLEEP
    assert run_bytes(redis_cli(redis_server.port, "GET", "delayed")) == value + b"\n"


def test_concurrent_clients_are_delayed_side_by_side(delay: Program) -> None:
    benchmark = find_program("redis-benchmark", "redis-tools")
    load = [benchmark, "-h", "127.0.0.1", "-p", str(delay.port), "-t", "get", "-n", "400", "-c", "40", "--csv"]
    names, values = (line.strip('"').split('","') for line in run(load).splitlines()[-2:])
    measured = dict(zip(names, values, strict=True))
    assert float(measured["min_latency_ms"]) >= SLEEP * 1000
    # One after the other, 400 commands would take 20 seconds: at most 20 a second.
    assert float(measured["rps"]) > 2 / SLEEP
