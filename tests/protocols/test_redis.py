"""Redis: what its sessions are cut into, however the bytes come, and what its errors are to a client."""

from __future__ import annotations

import random

import pytest
import redis as driver
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.cutting import Step, bytewise, client, in_pieces, server, survives, talked, together
from tests.protocols.redis_sessions import SESSIONS, said, sent
from tests.protocols.relay import plain, relay
from tests.servers.redis import Redis as Server
from vaurien.protocols.base import Message
from vaurien.protocols.redis import Redis
from vaurien.protocols.redis.errors import ERRORS, slot_of

BOUND = 65536 + 512


def shown(steps: list[Step]) -> list[str]:
    signs = {True: ">", False: "<"}
    cuts = talked(Redis().conversation(), steps)
    return [f"{'=' if not (cut.to_backend or cut.to) else signs[cut.to_backend]} {cut.name}" for cut in cuts]


def pick(names: list[str], sign: str) -> list[str]:
    return [name for name in names if (name[0] == ">") is (sign == ">")]


@pytest.mark.parametrize("session", SESSIONS)
def test_a_session_is_cut_into_its_messages(session: str) -> None:
    steps, names = SESSIONS[session]
    assert shown(steps) == names
    assert shown(bytewise(steps)) == names
    # what comes in one read, of both sides: with a subscription the order between the sides matters
    if session not in ("monitor", "pushed in RESP3", "subscribed", "unasked"):
        both = shown(together(steps))
        assert (pick(both, ">"), pick(both, "<")) == (pick(names, ">"), pick(names, "<"))


@given(st.sampled_from(sorted(SESSIONS)), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_it_does_not_matter_how_the_bytes_come(session: str, source: random.Random) -> None:
    steps, _ = SESSIONS[session]
    assert shown(in_pieces(steps, lambda: source.choice((1, 2, 3, 7, 30, 5000)))) == shown(steps)


def test_what_messages_say() -> None:
    conversation = Redis().conversation()
    [(_, request, last, now)] = conversation.requests(sent("set", "user:1", "x")[1])
    assert request is not None and (last, now) == (True, False)
    assert (request.command, dict(request.fields)) == ("SET", {"command": "SET", "key": "user:1"})
    assert request.answerable
    [(_, reply, _, _)] = conversation.replies(b"-READONLY You can't\r\n")
    assert reply is not None and reply.request is request and reply.final
    assert dict(reply.fields) == {"command": "SET", "key": "user:1", "error": "READONLY"}


def test_only_the_last_confirmation_of_a_subscription_is_final() -> None:
    steps = [sent("SUBSCRIBE", "a", "b"), said("*3|$9|subscribe|$1|a|:1|*3|$9|subscribe|$1|b|:2|")]
    assert [cut.final for cut in talked(Redis().conversation(), steps)] == [True, False, True]


def test_what_has_no_reply_cannot_be_answered() -> None:
    conversation = Redis().conversation()
    parts = conversation.requests(sent("CLIENT", "REPLY", "OFF")[1] + sent("GET", "k")[1])
    assert [part.message and part.message.answerable for part in parts] == [False, False]
    assert not conversation.waiting


def test_one_whole_message_is_passed_on_without_a_copy() -> None:
    conversation = Redis().conversation()
    request, reply = sent("GET", "k")[1], b"$1\r\nv\r\n"
    assert conversation.requests(request)[0].data is request
    assert conversation.replies(reply)[0].data is reply


def test_a_body_is_not_kept() -> None:
    conversation = Redis().conversation()
    first = conversation.requests(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n" + b"x" * 1000)
    assert [part.last for part in first] == [False]
    body = b"y" * 65536
    assert conversation.requests(body)[0].data == body
    assert conversation.rest(True) == b""


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (client(b"\x16\x03\x01\x02\x00\x01"), "TLS"),
        (sent("PSYNC", "?", "-1"), "replication"),
        (client(b"*x\r\n"), "invalid literal for int() with base 10: b'x'"),
        (client(b"x" * 70000), "an inline command without an end"),
        (client(b"*1\r\n:5\r\n"), "no command of RESP"),
        (server(b"x" * 70000), "a line without an end"),
        (server(b"HTTP/1.1 200 OK\r\n"), "no RESP"),
    ],
)
def test_what_is_not_understood_turns_it_plain(step: Step, why: str) -> None:
    conversation = Redis().conversation()
    assert [cut.data for cut in talked(conversation, [step, (step[0], b"more")])] == [step[1] + b"more"]
    assert conversation.plain == why


# errors


def test_each_error_is_one_that_can_be_chosen() -> None:
    protocol, source = Redis(), random.Random(1)
    request = Message(True, "GET user:1", "GET", {"command": "GET", "key": "user:1"})
    for choice in ERRORS:
        protocol.check("errors", choice)
        answer = protocol.error(request, choice, protocol.conversation(), {}, source)
        reader = driver.connection._RESP2Parser(4096)
        error = reader.parse_error(answer.data[1:-2].decode())
        assert isinstance(error, driver.exceptions.RedisError) and answer.closes is (choice == "MAXCLIENTS")
    with pytest.raises(ValueError, match="expected one of LOADING, READONLY"):
        protocol.check("errors", "loading")
    assert all(choice in ERRORS for choice in protocol.errors)


def test_a_redirection_names_the_slot_of_the_key() -> None:
    # the manual's own examples: the tag decides
    assert slot_of("123456789") == 0x31C3
    assert slot_of("{user1000}.following") == slot_of("{user1000}.followers") == slot_of("user1000")
    assert slot_of("foo{}{bar}") != slot_of("bar") and slot_of("foo{{bar}}zap") == slot_of("{bar")


# real drivers and a real server


@pytest.mark.parametrize("version", [2, 3])
def test_a_driver_notices_nothing(redis_server: Server, version: int) -> None:
    with relay(Redis(), redis_server.port) as made:
        with driver.Redis(port=made.port, protocol=version, decode_responses=True) as one:
            one.flushall()
            assert one.set("user:1", "x" * 100_000) and len(one.get("user:1")) == 100_000
            pipe = one.pipeline(transaction=False)
            for number in range(500):
                pipe.rpush("list", number).incr("n")
            assert pipe.execute()[-1] == 500
            with one.pipeline(transaction=True) as pipe:
                assert pipe.set("a", 1).get("a").lrange("list", 0, -1).execute()[1] == "1"
            assert one.eval("return {1, {2, {3}}, 'x'}", 0) == [1, [2, [3]], "x"]
            with one.pubsub() as sub:
                sub.subscribe("c", "d")
                sub.psubscribe("p*")
                one.publish("c", "hello")
                one.publish("pq", "hello")
                kinds = [sub.get_message(timeout=5)["type"] for _ in range(5)]
                assert sorted(kinds) == ["message", "pmessage", "psubscribe", "subscribe", "subscribe"]
                sub.unsubscribe()
                assert [sub.get_message(timeout=5)["type"] for _ in range(2)] == ["unsubscribe"] * 2
            with one.monitor() as monitor:
                one.get("seen")
                assert any(monitor.next_command()["command"] == "GET seen" for _ in range(5))
            assert one.blpop("empty", timeout=0.1) is None
            one.connection_pool.disconnect()
        assert plain(made) == []
        for session in made.sessions:
            check_again(session.steps)
            assert not [cut for cut in session.cuts if cut.to is None and not cut.to_backend and cut.name == "unasked"]
            requests = [cut for cut in session.cuts if cut.to_backend]
            assert len(requests) == len([cut for cut in session.cuts if cut.to and cut.final])


def check_again(steps: list[Step]) -> None:
    """Real traffic, cut otherwise: the same messages."""
    source = random.Random(len(steps))
    expected = talked(Redis().conversation(), steps)
    assert talked(Redis().conversation(), in_pieces(steps, lambda: source.choice((1, 5, 100, 5000)))) == expected


def test_a_driver_raises_what_it_raises_for_the_real_thing(redis_server: Server) -> None:
    choices = iter(["LOADING", "READONLY", "OOM", "MOVED", None, "MAXCLIENTS", None])

    def decide(message: Message) -> str | None:
        return next(choices) if message.command == "GET" else None

    raised = []
    with relay(Redis(), redis_server.port, decide) as made:
        with driver.Redis(port=made.port, protocol=2, retry=driver.retry.Retry(driver.backoff.NoBackoff(), 0)) as one:
            one.set("k", "v")
            for _ in range(7):
                try:
                    raised.append(one.get("k"))
                except driver.RedisError as exc:
                    raised.append(type(exc).__name__)
        closed = ["ConnectionError", b"v"]  # the server is full, and has closed; the next call comes anew
        assert raised == ["BusyLoadingError", "ReadOnlyError", "OutOfMemoryError", "MovedError", b"v", *closed]
        assert len(made.sessions) <= 3 and plain(made) == []


def test_a_refused_command_spoils_its_transaction(redis_server: Server) -> None:
    def decide(message: Message) -> str | None:
        return "OOM" if message.fields["key"] == "bad" else None

    with relay(Redis(), redis_server.port, decide) as made, driver.Redis(port=made.port, protocol=2) as one:
        one.delete("good")
        with pytest.raises(driver.exceptions.ResponseError, match="maxmemory"):
            one.pipeline().set("good", 1).set("bad", 1).set("good", 2).execute()
        assert one.get("good") is None
        assert one.pipeline().set("good", 3).get("good").execute() == [True, b"3"]


def test_a_refused_exec_discards(redis_server: Server) -> None:
    left = ["BUSY"]

    def decide(message: Message) -> str | None:
        return left.pop() if message.command == "EXEC" and left else None

    with relay(Redis(), redis_server.port, decide) as made, driver.Redis(port=made.port, protocol=2) as one:
        one.delete("good")
        with pytest.raises(driver.exceptions.ExecAbortError, match=r"discarded because of: BUSY"):
            one.pipeline().set("good", 1).execute()
        assert one.get("good") is None
        assert one.pipeline().set("good", 3).execute() == [True]


# whatever comes


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=12))
@settings(max_examples=400, deadline=None)
def test_no_bytes_make_it_raise(steps: list[Step]) -> None:
    survives(Redis().conversation(), steps, BOUND)


@given(st.sampled_from(sorted(SESSIONS)), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_spoilt_traffic_does_not_make_it_raise(session: str, source: random.Random) -> None:
    steps = [(side, bytearray(data)) for side, data in SESSIONS[session][0]]
    for _ in range(source.randint(1, 5)):
        _, data = source.choice(steps)
        place = source.randrange(len(data))
        data[place : place + source.randint(0, 3)] = source.choice((b"", b"\r", b"\n", b"*", b"$", b"9", b"-1", b">"))
        if not data:
            data += b"*"
    whole = [(side, bytes(data)) for side, data in steps]
    survives(Redis().conversation(), whole, BOUND)
    survives(Redis().conversation(), in_pieces(whole, lambda: source.choice((1, 3, 9, 4000))), BOUND)


def test_byte_by_byte_with_the_next_behind() -> None:
    steps = [client(sent("GET", "k")[1] * 3), server(b"$1\r\nv\r\n" * 3)]
    assert [cut.name for cut in talked(Redis().conversation(), bytewise(steps))] == ["GET k"] * 6
