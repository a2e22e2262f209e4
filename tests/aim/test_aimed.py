"""Handlers that are limited to calls that match, or act by count, at work on real traffic."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from tests import peers
from tests.aim.live import set_behavior, set_options
from tests.handlers.tools import ask, handled
from tests.path.tools import body, together
from tests.peers import receive_exactly
from tests.running import Running, running
from tests.servers.redis import Redis
from vaurien.cli import main
from vaurien.errors import ConfigError

ERROR = {"error.errors": "OOM"}  # after which a client goes on with its connection


@contextmanager
def before_redis(server: Redis, behavior: str, options: dict[str, Any], **more: Any) -> Iterator[tuple[Running, Any]]:
    """A daemon that speaks redis, and a client that does not try again."""
    with running(server.distant, behavior, options, protocol="redis", **more) as daemon:
        client = redis.Redis(port=daemon.address[1], socket_timeout=10, retry=None, single_connection_client=True)
        with client, redis.Redis(port=server.port) as direct:
            direct.flushall()
            yield daemon, client


def outcome(function: Any, *arguments: Any) -> str:
    try:
        function(*arguments)
    except redis.exceptions.OutOfMemoryError:
        return "error"
    return "pass"


# matches


def test_only_what_matches_fails(redis_server: Redis) -> None:
    options = {**ERROR, "error.match": "command:SET,DEL key:user:*"}
    with before_redis(redis_server, "100:error", options) as (_, client):
        assert outcome(client.set, "user:1", "x") == "error"
        assert outcome(client.delete, "user:1") == "error"
        assert outcome(client.set, "other", "x") == "pass"
        assert client.get("other") == b"x"
        assert client.get("user:1") is None


def test_the_share_is_one_of_the_calls_that_match(redis_server: Redis) -> None:
    options = {**ERROR, "error.match": "command:SET"}
    with before_redis(redis_server, "20:error", options, seed=3) as (daemon, client):
        said = [outcome(client.set if number % 2 else client.get, "k", *["x"][: number % 2]) for number in range(2000)]
        assert said[0::2] == ["pass"] * 1000
        failed = said[1::2].count("error")
        assert abs(failed - 200) <= 5 * (1000 * 0.2 * 0.8) ** 0.5
        assert handled(daemon, "error") == [0, failed]


def test_what_does_not_match_keeps_the_shares_of_the_rest(redis_server: Redis) -> None:
    """All of what matches goes to one handler; of what does not, the other has its half."""
    options = {
        "sets.callable": "error", "sets.errors": "OOM", "sets.match": "command:SET",
        "gets.callable": "error", "gets.errors": "OOM", "gets.match": "command:GET",
    }  # fmt: skip
    with before_redis(redis_server, "100:sets,50:gets", options, seed=3) as (_, client):
        assert [outcome(client.set, "k", "x") for _ in range(50)] == ["error"] * 50
        failed = [outcome(client.get, "k") for _ in range(1000)].count("error")
        assert abs(failed - 500) <= 5 * (1000 * 0.25) ** 0.5
        assert [outcome(client.exists, "k") for _ in range(50)] == ["pass"] * 50


def test_the_same_seed_chooses_the_same_calls(redis_server: Redis) -> None:
    def said() -> list[str]:
        options = {**ERROR, "error.match": "!command:GET"}
        with before_redis(redis_server, "30:error", options, seed=5) as (_, client):
            return [outcome(client.set, "k", "x") for _ in range(200)]

    assert said() == said()


def test_replies_match_by_what_they_are_and_by_their_request(redis_server: Redis) -> None:
    options = {"delay.sleep": 0, "delay.direction": "to_client", "delay.match": "command:GET"}
    with before_redis(redis_server, "100:delay", options) as (daemon, client):
        client.set("k", "x")
        client.get("k")
        client.get("k")
        assert handled(daemon, "delay") == [2, 0]


def test_pipelined_requests_are_told_apart(redis_server: Redis) -> None:
    options = {**ERROR, "error.match": "key:bad*"}
    with before_redis(redis_server, "100:error", options) as (_, client), client.pipeline(transaction=False) as pipe:
        for number in range(60):
            pipe.set(("good", "bad")[number % 2] + str(number), "x")
        answers = pipe.execute(raise_on_error=False)
    assert [isinstance(answer, Exception) for answer in answers] == [False, True] * 30


@pytest.mark.parametrize("match", ["client:127.0.0.0/8", "session:1", "session:-5", "client:10.0.0.0/8", "session:2-"])
def test_plain_tcp_by_client_and_session(match: str) -> None:
    options = {"delay.sleep": 0, "delay.direction": "to_backend", "delay.match": match}
    with peers.backend(peers.echo) as backend:
        if match == "session:-5":
            with pytest.raises(ConfigError, match=r"expected an ordinal .* at character 9"):
                running(backend.address, "100:delay", options).__enter__()
            return
        with running(backend.address, "100:delay", options) as daemon, daemon.connect() as client:
            ask(client, b"one")
            ask(client, b"two")
            assert handled(daemon, "delay")[True] == (2 if match in ("client:127.0.0.0/8", "session:1") else 0)


def test_plain_tcp_by_bytes_at_full_speed() -> None:
    """What is looked at is what is moved: the word is found wherever it begins a read, after a burst too."""
    options = {"error.match": "bytes:secret*", "error.direction": "to_backend"}
    with (
        peers.backend(peers.echo) as backend,
        running(backend.address, "100:error", options) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        assert ask(client, b"secret") != b"secret"
        assert ask(client, b"the secret") == b"the secret"
        assert handled(daemon, "error")[True] == 1


def test_a_match_that_is_set_live_holds_from_the_next_call_on(redis_server: Redis) -> None:
    with before_redis(redis_server, "100:error", {**ERROR, "error.match": "key:a"}) as (daemon, client):
        assert [outcome(client.get, key) for key in "ab"] == ["error", "pass"]
        set_options(daemon, "error", match="key:b")
        assert [outcome(client.get, key) for key in "ab"] == ["pass", "error"]
        set_options(daemon, "error", match="")
        assert [outcome(client.get, key) for key in "ab"] == ["error", "error"]


# scripts


def test_the_third_write_fails(redis_server: Redis) -> None:
    options = {**ERROR, "third.script": "pass 2, error", "third.match": "command:SET"}
    with before_redis(redis_server, "third", options) as (_, client):
        said = []
        for number in range(5):
            client.get("k")
            said.append(outcome(client.set, f"k{number}", "x"))
        assert said == ["pass", "pass", "error", "pass", "pass"]
        assert client.exists("k0", "k1", "k2", "k3", "k4") == 4


@pytest.mark.parametrize("per", ["session", "proxy"])
def test_sessions_begin_anew_or_share(redis_server: Redis, per: str) -> None:
    options = {**ERROR, "s.script": "pass 1, error", "s.match": "command:SET", "s.per": per}
    with before_redis(redis_server, "s", options) as (daemon, client):
        assert outcome(client.set, "k", "x") == "pass"
        with redis.Redis(port=daemon.address[1], socket_timeout=10, retry=None) as other:
            first = outcome(other.set, "k", "x")
        assert first == ("error" if per == "proxy" else "pass")
        assert outcome(client.set, "k", "x") == ("pass" if per == "proxy" else "error")


def test_a_handler_for_another_protocol_is_refused_in_the_change_that_asks_for_it(redis_server: Redis) -> None:
    refused = pytest.raises(
        ConfigError, match=r"^behavior: handler 'rewrite' is made for http, and the protocol here is red"
    )
    with before_redis(redis_server, "", {}) as (daemon, _), refused:
        set_behavior(daemon, "10:rewrite")


def test_a_script_that_is_set_live_may_name_others_than_before(redis_server: Redis) -> None:
    with before_redis(redis_server, "s", {**ERROR, "s.script": "pass 1"}) as (daemon, client):
        set_options(daemon, "s", script="pass 1, error, lost_response")
        assert [outcome(client.set, "k", "x") for _ in range(2)] == ["pass", "error"]
        assert handled(daemon, "error") == [0, 1]
        for wrong in ("pass, nobody", "pass, s", "pass, rewrite"):
            with pytest.raises(ConfigError, match=r"^handlers\.s\.script: at character 7: .*(nobody|'s'|'rewrite')"):
                set_options(daemon, "s", script=wrong)
        assert daemon.proxy.settings.handlers["s"].given["script"].names == {"error": 9, "lost_response": 16}


def test_it_begins_anew_when_it_is_over(redis_server: Redis) -> None:
    options = {**ERROR, "s.script": "pass 2, error 1", "s.match": "command:SET", "s.repeat": "yes"}
    with before_redis(redis_server, "s", options) as (_, client):
        assert [outcome(client.set, "k", "x") for _ in range(7)] == ["pass", "pass", "error"] * 2 + ["pass"]


def test_what_passes_is_shared_out_among_the_rest(redis_server: Redis) -> None:
    options = {**ERROR, "s.script": "error, pass 1", "s.match": "command:SET", "delay.sleep": 0}
    with before_redis(redis_server, "s,100:delay", {**options, "delay.direction": "to_backend"}) as (daemon, client):
        before = handled(daemon, "delay")[True]
        assert [outcome(client.set, "k", "x") for _ in range(3)] == ["error", "pass", "pass"]
        assert handled(daemon, "delay")[True] - before == 2


def test_a_step_for_replies_gets_the_reply_to_the_request_that_was_counted(redis_server: Redis) -> None:
    options = {"s.script": "pass 1, truncate", "s.match": "command:GET", "truncate.bytes": 3}
    with before_redis(redis_server, "s", options) as (daemon, client):
        client.set("k", "0123456789")
        assert client.get("k") == b"0123456789"
        with pytest.raises(redis.exceptions.ConnectionError):
            client.get("k")
        assert handled(daemon, "truncate") == [1, 0]


def test_the_backend_ends_the_connection_after_so_many_bytes() -> None:
    """To the byte, though it is a bulk that would be spliced: 100 kB arrive, and not one more."""
    data = body(3_000_000)

    def serve(sock: socket.socket) -> None:
        sock.sendall(data)

    options = {"s.script": "pass 100kB, blackout", "s.direction": "to_client", "blackout.direction": "both"}
    with (
        peers.backend(serve) as backend,
        running(backend.address, "s", options) as daemon,
        daemon.connect() as client,
    ):
        got = bytearray()
        try:
            while piece := client.recv(65536):
                got += piece
        except ConnectionError:
            pass
        assert got == data[:100_000]


def test_bytes_of_a_script_that_goes_leave_the_flow_at_full_speed() -> None:
    options = {"s.script": "pass 5MB, blackout", "s.direction": "both", "blackout.direction": "both"}
    with (
        peers.backend(peers.echo) as backend,
        running(backend.address, "s", options) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        set_behavior(daemon, "")
        flows = daemon.do(lambda: [flow.most for session in daemon.proxy.sessions.values() for flow in session.flows])
        assert flows == [65536, 65536]
        data = body(8_000_000)
        got, _ = together(lambda: receive_exactly(client, len(data)), lambda: client.sendall(data))
        assert got == data


# what does not fit

WRONG = [
    ({"protocol": "redis"}, "100:delay", {"delay.match": "path:/x"}, "'path' at character 1: protocol redis has"),
    ({}, "100:delay", {"delay.match": "command:SET"}, "'command' at character 1: protocol tcp has bytes, client"),
    ({}, "5:s", {"s.script": "pass 1"}, "'5:s': s acts by its script, and has no weight: write 's'"),
    ({}, "script", {}, "is missing: write STEP"),
    ({}, "s", {"s.script": "pass 1, nobody"}, "at character 9: unknown handler 'nobody'"),
    ({}, "s", {"s.script": "pass 1, t", "t.script": "pass 1"}, "at character 9: 't' is a script too"),
    ({}, "s", {"s.script": "s"}, "at character 1: 's' is a script too"),
    ({"protocol": "redis"}, "s", {"s.script": "pass, rewrite"}, "at character 7: handler 'rewrite' is made for http"),
    ({"protocol": "redis"}, "9:rewrite", {}, "'rewrite' is made for http, and the protocol here is redis"),
    ({"protocol": "http"}, "s", {"s.script": "error", "error.errors": "OOM"}, "protocol http has no errors, but codes"),
    ({"protocol": "http"}, "9:error", {"error.codes": "200"}, "expected a status from 400 to 599, not '200'"),
    ({}, "delay", {}, "'delay' has no colon"),
    ({}, "100:delay,1:error", {}, "add up to 101, over 100"),
    ({"caller_header": "X-Vaurien"}, "", {}, "the protocol here is tcp, and it has no headers"),
    ({"caller_header": "X Vaurien"}, "", {}, "expected the name of a header, such as X-Vaurien, not 'X Vaurien'"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "behavior", "options", "said"), WRONG)
def test_what_does_not_fit_is_told(settings: Any, behavior: str, options: Any, said: str) -> None:
    with pytest.raises(ConfigError) as raised, running("127.0.0.1:1", behavior, options, **settings):
        pass
    assert said in str(raised.value)


@pytest.mark.parametrize(("settings", "behavior", "options", "said"), WRONG)
def test_a_check_of_the_configuration_alone_tells_it(
    settings: Any, behavior: str, options: Any, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"distant": "127.0.0.1:1", "behavior": behavior, **settings}
    given |= {f"handlers.{name}": value for name, value in options.items()}
    argv = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    assert main([*argv, "--check-config"]) == 2
    assert said in capsys.readouterr().err


def test_a_match_for_another_protocol_may_stand_by_for_another_proxy() -> None:
    """Only what is at work must fit."""
    with running("127.0.0.1:1", "100:delay", {"error.match": "method:GET"}) as daemon:
        assert "error" in daemon.proxy.handlers
