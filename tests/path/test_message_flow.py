"""Where the protocol is known, a call is one message: requests and replies in order, all bytes as they were."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.handlers.tools import handled, wait_no_session
from tests.path.speaking import ALL, all_answers, answered, asked, line, lines, named, speaking, told
from tests.path.tools import script
from tests.peers import receive_exactly

NOTHING = ("100:delay", {"delay.sleep": 0})
WAYS = [NOTHING, (ALL, {}), ("50:tests.path.tools.PassOn", {}), ("100:drip", {"drip.bytes": 3, "drip.interval": 0})]


def test_each_request_and_each_reply_is_one_call_in_order() -> None:
    with speaking() as (_, daemon, client):
        seen = named(daemon, "before")
        assert asked(client, b"one", b"two", b"quiet", b"three") == [b"re one", b"re two", b"re three"]
    assert [name for name in seen if name[0] == ">"] == ["> one", "> two", "> quiet", "> three"]
    assert [name for name in seen if name[0] == "<"] == ["< re one", "< re two", "< re three"]


def test_each_reply_knows_its_request() -> None:
    pairs = []
    with told() as (backend, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.on("before", lambda call: pairs.append(of(call.message))))
        client.sendall(b"a\nquiet\nb\n")
        backend.wait_data(10)
        backend.sock.sendall(b"push 1\n~soon a\nlast a\npush 2\nlast b\n")
        assert lines(client, 5) == [b"push 1", b"~soon a", b"last a", b"push 2", b"last b"]
    assert pairs[3:] == [("push 1", None), ("~soon a", "a"), ("last a", "a"), ("push 2", None), ("last b", "b")]


def of(message):  # type: ignore[no-untyped-def]
    return message.name, message.request.name if message.request else None


def test_keep_alive_draws_anew_for_each_request() -> None:
    options = {"error.errors": "BUSY"}
    with speaking("50:error", options, seed=1) as (_, daemon, client):
        seen = [asked(client, b"n%d" % number)[0] for number in range(60)]
    failed = [answer.startswith(b"ERR BUSY n") for answer in seen]
    assert 15 < sum(failed) < 45
    with speaking("50:error", options, seed=1) as (_, daemon, client):
        together = asked(client, *(b"n%d" % number for number in range(60)))
        assert handled(daemon, "error") == [0, sum(failed)]
    assert together == seen, "the same seed says the same, whether one waits for each reply or not"


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_the_cuts_the_bytes_are_the_same(way: tuple[str, dict[str, object]], data: st.DataObject) -> None:
    text = st.binary(max_size=40).map(lambda text: text.replace(b"\n", b"") or b"x")
    said = b"".join(line + b"\n" for line in data.draw(st.lists(text, max_size=12)))
    said = said.replace(b"TLS", b"tls")
    with told(*way) as (backend, _, client):
        place = 0
        while place < len(said):
            size = data.draw(st.integers(1, 30))
            client.sendall(said[place : place + size])
            backend.sock.sendall(said[place : place + size])
            place += size
        client.shutdown(1)
        assert receive_exactly(client, len(said)) == said
        assert backend.wait_end() == (said, "closed")


def test_a_message_that_comes_byte_by_byte_is_one_call() -> None:
    with speaking() as (_, daemon, client):
        for byte in b"some words\n":
            client.sendall(bytes([byte]))
        assert line(client) == b"re some words"
        assert handled(daemon, "pass_on") == [1, 1]


def test_a_message_that_ends_in_the_middle_arrives_as_far_as_it_came() -> None:
    for way in (NOTHING, (ALL, {})):
        with told(*way) as (backend, daemon, client):
            client.sendall(b"whole\nonly the beginning")
            client.shutdown(1)
            assert backend.wait_end() == (b"whole\nonly the beginning", "closed")
            wait_no_session(daemon)
        with told(*way) as (backend, _, client):
            client.sendall(b"whole\nonl")  # less than tells what it is
            client.shutdown(1)
            assert backend.wait_end() == (b"whole\nonl", "closed")


def test_an_end_of_requests_leaves_the_replies() -> None:
    with speaking() as (_, _, client):
        assert all_answers(client, b"a\nb\n") == answered(b"a\nb")


def test_a_handler_that_reads_on_gets_the_next_message() -> None:
    def two(client_sock, backend_sock, to_backend):  # type: ignore[no-untyped-def]
        source, dest = (client_sock, backend_sock) if to_backend else (backend_sock, client_sock)
        first = source.recv(65536)
        second = source.recv(65536)
        dest.sendall(second + first)

    with script(two), speaking("100:tests.path.tools.Scripted") as (_, daemon, client):
        assert asked(client, b"a", b"b", b"c", b"d") == [b"re a", b"re b", b"re c", b"re d"]
        assert handled(daemon, "scripted") == [2, 2]


def test_a_handler_that_reads_a_part_leaves_the_rest_to_the_next_call() -> None:
    def some(client_sock, backend_sock, to_backend):  # type: ignore[no-untyped-def]
        source, dest = (client_sock, backend_sock) if to_backend else (backend_sock, client_sock)
        dest.sendall(source.recv(3))

    with script(some), speaking("100:tests.path.tools.Scripted") as (_, daemon, client):
        seen = named(daemon, "before")
        assert asked(client, b"abcdefg", b"b") == [b"re abcdefg", b"re b"]
    assert [name for name in seen if name[0] == ">"] == ["> abcdefg"] * 3 + ["> b"]


def test_a_handler_that_reads_nothing_is_asked_again() -> None:
    calls: list[bool] = []

    def third(client_sock, backend_sock, to_backend):  # type: ignore[no-untyped-def]
        source, dest = (client_sock, backend_sock) if to_backend else (backend_sock, client_sock)
        calls.append(to_backend)
        if calls.count(to_backend) > 2:
            dest.sendall(source.recv(65536))

    with script(third), speaking("100:tests.path.tools.Scripted") as (_, _, client):
        assert asked(client, b"a") == [b"re a"]
    assert calls == [True] * 3 + [False] * 3
