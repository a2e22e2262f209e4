"""redis-py and redis-benchmark, through the protocol."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.program import Program
from tests.real.protocols.through import CALLS, ERRORS, WAYS, before, share
from tests.servers.command import find_program, run
from tests.servers.redis import Redis

SPEAK = [2, 3]
"""RESP2 and RESP3."""


def client(port: int, speak: int, **more: Any) -> "redis.Redis[bytes]":
    """A client that does not try again by itself, on one connection."""
    once = Retry(NoBackoff(), 0)
    options = {"protocol": speak, "retry": once, "single_connection_client": True, "socket_timeout": 20, **more}
    return redis.Redis(port=port, **options)


def work(port: int, speak: int) -> list[Any]:
    """What the server has said to commands of many kinds."""
    said: list[Any] = []
    with client(port, speak) as server:
        server.flushall()
        for number in range(CALLS // 4):
            key = f"key:{number % 50}"
            said += [server.set(key, b"\r\n$1\r\n" * number), server.get(key), server.incrby("count", number)]
            said.append(server.zadd("scores", {key: number / 3}))
        said += [server.zrange("scores", 0, -1, withscores=True), server.hset("hash", mapping={"a": 1, "b": ""})]
        said += [server.hgetall("hash"), server.get("missing"), server.set("large", b"x" * 2_000_000)]
        said += [server.get("large"), server.eval("return {1, {2, 'three'}, false}", 0)]
        said.append(server.sadd("set", "one"))
        said.append(server.smembers("set"))
        with pytest.raises(redis.ResponseError) as raised:
            server.lpush("hash", 1)
        said.append(str(raised.value))
        said += piped(server)
        said += server.mget([f"key:{number}" for number in range(60)])
    return said


def piped(server: "redis.Redis[bytes]") -> list[Any]:
    """The same of pipelines and transactions."""
    said: list[Any] = []
    for transaction in (False, True):
        with server.pipeline(transaction=transaction) as pipeline:
            for number in range(CALLS // 2):
                pipeline.set(f"piped:{number}", "x" * number * 10)
                pipeline.get(f"piped:{number // 2}")
                pipeline.lpush("hash", number)  # wrong type
            said += map(str, pipeline.execute(raise_on_error=False))
    said.append(server.transaction(lambda pipeline: pipeline.multi() or pipeline.incr("count"), "count"))
    return said


def heard(port: int, speak: int) -> list[Any]:
    """What subscribers get while others publish."""
    said: list[Any] = []
    with client(port, speak) as publisher, client(port, speak).pubsub() as listener:
        listener.subscribe("news", "other")
        listener.psubscribe("n*")
        said += [listener.get_message(timeout=20) for _ in range(3)]
        for number in range(CALLS // 8):
            said.append(publisher.publish("news", f"message {number}"))
            said += [listener.get_message(timeout=20) for _ in range(2)]
        listener.ping()
        said.append(listener.get_message(timeout=20))
        listener.unsubscribe()
        listener.punsubscribe()
        said += [listener.get_message(timeout=20) for _ in range(3)]
    return said


@pytest.fixture(scope="module")
def vaurien(redis_server: Redis, way: str) -> Iterator[Program]:
    """Before the server, in one way after the other."""
    with before(redis_server.distant, "redis", *WAYS[way]) as running:
        yield running


@pytest.mark.parametrize("speak", SPEAK)
def test_commands_answer_as_directly(
    redis_server: Redis, directly: Callable[..., Any], vaurien: Program, speak: int
) -> None:
    direct = directly(work, redis_server.port, speak), directly(heard, redis_server.port, speak)
    assert (work(vaurien.port, speak), heard(vaurien.port, speak)) == direct


@pytest.mark.parametrize("flags", [[], ["-P", "16"], ["-3", "-P", "16"]], ids=" ".join)
def test_redis_benchmark(vaurien: Program, flags: list[str]) -> None:
    """It ends with an error at the first wrong answer."""
    benchmark = find_program("redis-benchmark", "redis-tools")
    tests = ["ping", "set", "get", "incr", "lrange_100", "mset"]
    load = [benchmark, "-p", str(vaurien.port), "-n", str(CALLS), "-c", "10", "-t", ",".join(tests), "--csv"]
    said = run([*load, *flags], deadline=120)
    assert "Error" not in said
    assert len(said.splitlines()) == 1 + len(tests) + 2  # two kinds of ping, and a fill before lrange


RAISED = {
    "READONLY": redis.exceptions.ReadOnlyError,
    "OOM": redis.exceptions.OutOfMemoryError,
    "MASTERDOWN": redis.exceptions.MasterDownError,
    "CLUSTERDOWN": redis.exceptions.ClusterDownError,
    "TRYAGAIN": redis.exceptions.TryAgainError,
    "NOSCRIPT": redis.exceptions.NoScriptError,
    "EXECABORT": redis.exceptions.ExecAbortError,
    "MISCONF": redis.exceptions.ResponseError,
}


@pytest.fixture(scope="module", params=RAISED)
def refusal(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def refusing(redis_server: Redis, refusal: str) -> Iterator[Program]:
    """Vaurien, at which a fifth of the requests fail, but for the first of each session."""
    options = ["--handlers.error.errors", refusal, "--handlers.error.warmup", "20"]
    with before(redis_server.distant, "redis", *ERRORS, *options) as running:
        yield running


@pytest.mark.parametrize("speak", SPEAK)
def test_errors_are_those_of_the_driver(refusing: Program, refusal: str, speak: int) -> None:
    with client(refusing.port, speak) as server:
        for _ in range(10):
            server.ping()
        first, failed = server.client_id(), 0
        for number in range(CALLS):
            try:
                assert server.set("key", number) is True
            except RAISED[refusal]:
                failed += 1
        assert same_connection(server, first, RAISED[refusal])
    share(failed, CALLS)


def same_connection(server: "redis.Redis[bytes]", first: int, refused: type[Exception]) -> bool:
    """Whether the client has still the connection that it had."""
    while True:
        try:
            return bool(server.client_id() == first)
        except refused:
            pass


LEAVING = {"LOADING": redis.exceptions.BusyLoadingError, "NOAUTH": redis.exceptions.AuthenticationError}
"""At these the driver itself leaves its connection, and comes again."""


@pytest.mark.parametrize("error", LEAVING)
def test_errors_at_which_the_driver_leaves(redis_server: Redis, error: str) -> None:
    silent = {"driver_info": None}  # it says nothing at the beginning, which could fail too
    options = ["--handlers.error.errors", error]
    failed = 0
    with before(redis_server.distant, "redis", *ERRORS, *options) as vaurien:
        with client(vaurien.port, 2, **silent) as server:
            for number in range(CALLS):
                try:
                    assert server.set("key", number) is True
                except LEAVING[error]:
                    failed += 1
        vaurien.wait_for_log(rf"default #{failed + 1} ended")
    share(failed, CALLS)


@pytest.mark.parametrize("speak", SPEAK)
def test_errors_in_a_pipeline_are_those_of_single_commands(redis_server: Redis, speak: int) -> None:
    options = ["--handlers.error.errors", "OOM", "--handlers.error.warmup", "20"]
    with before(redis_server.distant, "redis", *ERRORS, *options) as vaurien, client(vaurien.port, speak) as server:
        for number in range(10):
            server.set(f"key:{number}", number)
        with server.pipeline(transaction=False) as pipeline:
            for number in range(CALLS):
                pipeline.get(f"key:{number % 10}")
            said = pipeline.execute(raise_on_error=False)
    failed = [isinstance(word, redis.exceptions.OutOfMemoryError) for word in said]
    share(sum(failed), CALLS)
    assert all(lost or word == b"%d" % (at % 10) for at, (lost, word) in enumerate(zip(failed, said, strict=True)))


def test_a_transaction_with_a_refused_command_does_nothing(redis_server: Redis) -> None:
    options = ["--handlers.error.errors", "OOM", "--handlers.error.warmup", "20"]
    with before(redis_server.distant, "redis", *ERRORS, *options) as vaurien, client(vaurien.port, 3) as server:
        for _ in range(10):
            server.set("count", 0)
        done = aborted = 0
        for _ in range(CALLS // 4):
            with server.pipeline(transaction=True) as pipeline:
                pipeline.incr("count").incr("count")
                try:
                    done += len(pipeline.execute()) == 2
                except redis.exceptions.RedisError:
                    aborted += 1
        assert done and aborted
        with client(redis_server.port, 3) as direct:
            assert direct.get("count") == b"%d" % (2 * done)
