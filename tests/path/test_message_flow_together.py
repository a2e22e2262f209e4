"""Messages together with hooks, filters, toxics and chance."""

from __future__ import annotations

import io
import time

import pytest

from tests.handlers.tools import handled, until_end
from tests.path.speaking import asked, line, speaking, told
from tests.toxics.tools import put, toxic
from vaurien.hooks import Reply
from vaurien.hooks.viewer import Viewer


def test_on_route_may_choose_by_the_message() -> None:
    def route(call):  # type: ignore[no-untyped-def]
        if call.message.to_backend and call.message.command == "bad":
            call.handler = "error"

    with speaking("100:dummy") as (_, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.on("on_route", route))
        assert asked(client, b"a", b"bad one", b"b") == [b"re a", b"ERR BUSY bad one", b"re b"]
        assert handled(daemon, "error") == [0, 1]


def test_filters_have_one_message_at_a_time() -> None:
    with speaking("100:dummy") as (_, daemon, client):
        seen: list[bytes] = []

        def louder(message):  # type: ignore[no-untyped-def]
            seen.append(message.data)
            return message.with_data(message.data.upper())

        daemon.do(lambda: daemon.proxy.hooks.on("incoming", louder))
        assert asked(client, b"a", b"b") == [b"RE A", b"RE B"]
    assert sorted(seen) == [b"a\n", b"b\n", b"re A\n", b"re B\n"]


def test_filters_have_all_of_a_long_message() -> None:
    long = b"x" * 300_000
    with speaking("100:dummy") as (_, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.on("outgoing", lambda message: message.with_data(message.data.upper())))
        assert asked(client, long, b"b") == [b"RE " + long.upper(), b"RE B"]


@pytest.mark.parametrize("point", ["incoming", "outgoing"])
def test_a_filter_that_answers_takes_the_place_of_a_reply(point: str) -> None:
    def refuse(message):  # type: ignore[no-untyped-def]
        return Reply(b"no\n") if message.to_backend and message.data == b"b\n" else message

    with speaking("100:dummy") as (_, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.on(point, refuse))
        assert asked(client, b"a", b"b")[:2] in ([b"re a", b"no"], [b"no", b"re a"])
        assert asked(client, b"c") == [b"re c"]


def test_an_incoming_filter_answers_in_turn() -> None:
    def refuse(message):  # type: ignore[no-untyped-def]
        return Reply(b"no\n") if message.to_backend and message.data == b"b\n" else message

    with told("100:dummy") as (server, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.on("incoming", refuse))
        client.sendall(b"a\nb\n")
        server.wait_data(2)
        server.sock.sendall(b"re a\n")
        assert [line(client), line(client)] == [b"re a", b"no"]


def test_viewer_names_the_messages() -> None:
    stream = io.StringIO()
    with speaking("100:dummy") as (_, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.add(Viewer({"items": ("name",)}, daemon.proxy, stream)))
        assert asked(client, b"GET 1") == [b"re GET 1"]
        client.close()
        daemon.wait_until(lambda: "re GET 1" in stream.getvalue())
    assert stream.getvalue() == "default #1 -> name=GET 1\ndefault #1 <- name=re GET 1\n"


@pytest.mark.parametrize("behavior", ["50:error", "50:error,50:tests.path.tools.PassOn"])
def test_toxics_act_on_messages_and_on_answers(behavior: str) -> None:
    said = [b"n%d" % number for number in range(20)] + [b"x" * 100_000]
    with speaking(behavior, seed=1) as (_, daemon, client):
        put(daemon, toxic("slicer", average_size=100, delay=10), toxic("latency", latency=50))
        start = time.monotonic()
        seen = asked(client, *said)
        assert time.monotonic() - start >= 0.05
    assert [answer for answer in seen if not answer.startswith(b"ERR BUSY ")] == [
        b"re " + line for line, answer in zip(said, seen, strict=True) if not answer.startswith(b"ERR")
    ]
    assert any(answer.startswith(b"ERR BUSY n") for answer in seen)


def test_the_same_seed_does_the_same_whatever_the_cuts() -> None:
    said = [b"n%d" % number for number in range(40)] + [b"x" * 100_000] + [b"m%d" % number for number in range(40)]
    outcomes = []
    for cut in (1 << 20, 1000):
        with speaking("30:error,30:corrupt", {"corrupt.rate": 0.0, "error.errors": "A,B,C"}, seed=7) as parts:
            _, daemon, client = parts
            data = b"".join(line + b"\n" for line in said)
            for place in range(0, len(data), cut):
                client.sendall(data[place : place + cut])
            outcomes.append([line(client)[:20] for _ in said])
            counts = handled(daemon, "error"), handled(daemon, "corrupt")
            outcomes.append([str(counts).encode()])
    assert outcomes[:2] == outcomes[2:]
    assert any(answer.startswith(b"ERR C") for answer in outcomes[0])


def test_a_delay_of_requests_does_not_hold_replies() -> None:
    with told("100:delay", {"delay.sleep": 0.3, "delay.direction": "to_backend"}) as (server, _, client):
        client.sendall(b"a\n")
        server.sock.sendall(b"push\n")
        start = time.monotonic()
        assert line(client) == b"push"
        assert time.monotonic() - start < 0.3 or server.data == b""


def test_a_handler_that_raises_ends_its_session_only() -> None:
    with speaking("100:tests.handlers.own.Raising") as (_, daemon, client):
        client.sendall(b"a\n")
        assert until_end(client)[0] == b""
        with daemon.connect() as other:
            other.sendall(b"a\n")
            assert until_end(other)[0] == b""
