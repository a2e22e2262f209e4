"""Long messages stream, slow readers hold their senders back, and nothing is left of a session that is over."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.handlers.tools import CLOSED, until_end, wait_no_session
from tests.path.leaks import check_nothing_is_left
from tests.path.speaking import ALL, asked, line, lines, speaking, told
from tests.path.tools import LARGE, body, how_it_ends, reset, script, together
from tests.peers import backend, receive_all, receive_exactly
from tests.protocols.lines import LINES
from tests.running import running

WAYS = {
    "relayed": ("100:dummy", {}),  # and cut, since commands are counted
    "delayed": ("100:delay", {"delay.sleep": 0}),
    "handled": (ALL, {}),
    "in pieces": ("100:drip", {"drip.bytes": 65536, "drip.interval": 0, "drip.direction": "both"}),
}


@contextmanager
def speaking_to(serve: Callable[[socket.socket], None], way: str) -> Iterator[Any]:
    """A backend that serves so, a proxy before it, and a client."""
    behavior, options = WAYS[way]
    with backend(serve) as server:
        running_one = running(server.address, behavior, options, protocol=LINES, command_metrics="yes")
        with running_one as daemon, daemon.connect() as client:
            yield server, daemon, client


big = body(LARGE).replace(b"\n", b"x")


@pytest.mark.parametrize("way", WAYS)
def test_large_messages_arrive_whole_both_ways(way: str) -> None:
    with speaking_to(whole_lines, way) as (_server, _daemon, client):
        for _ in range(2):
            _, came = together(lambda: client.sendall(big + b"\n"), lambda: receive_exactly(client, LARGE + 4))
            assert came == b"re " + big + b"\n"
        client.shutdown(socket.SHUT_WR)
        assert receive_all(client) == b""


def whole_lines(sock: socket.socket) -> None:
    """Replies to a line when it is there as a whole."""
    data = bytearray()
    while piece := sock.recv(1 << 20):
        data += piece
        while b"\n" in data:
            whole, _, data = data.partition(b"\n")
            sock.sendall(b"re " + whole + b"\n")


@pytest.mark.parametrize("way", WAYS)
def test_a_reader_that_does_not_read_holds_the_sender_back(way: str) -> None:
    sent = []

    def flood(sock: socket.socket) -> None:
        sock.recv(10)
        sock.settimeout(0.5)
        try:
            while True:
                sent.append(sock.send(b"x" * 65536))
        except TimeoutError:
            pass

    with speaking_to(flood, way) as (server, daemon, client):
        client.sendall(b"a\n")
        daemon.wait_until(lambda: not server._threads[-1].is_alive(), "the end of the flood")
        assert sum(sent) < 20_000_000
        reply = client.recv(100)
        assert reply == b"x" * 100
        flow = daemon.proxy.sessions[1].flows[0]
        held = len(flow.unread) + len(flow.pending or b"") + sum(len(part.data) for part in flow.parts)
        assert held <= 3 * 65536


@pytest.mark.parametrize("way", WAYS)
def test_a_reset_passes(way: str) -> None:
    with told(*WAYS[way], command_metrics="yes") as (server, daemon, client):
        client.sendall(b"a\nin the middle of")
        server.wait_data(2)
        reset(client)
        assert server.wait_end()[1] == "reset"
        wait_no_session(daemon)
    with speaking_to(resetting, way) as (server, daemon, client):
        client.sendall(b"a\n")
        assert how_it_ends(client) == "reset"
        wait_no_session(daemon)


def resetting(sock: socket.socket) -> None:
    """Resets the connection in the middle of its reply."""
    receive_exactly(sock, 2)
    sock.sendall(b"in the middle of")
    reset(sock)


@pytest.mark.parametrize("way", WAYS)
def test_half_closes_pass(way: str) -> None:
    with told(*WAYS[way], command_metrics="yes", stays=True) as (server, daemon, client):
        server.sock.sendall(b"push\nhalf a l")
        server.sock.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"push\nhalf a l", CLOSED)
        client.sendall(b"a\nb\n")
        assert server.wait_data(4) == b"a\nb\n"
        client.shutdown(socket.SHUT_WR)
        wait_no_session(daemon)


def test_a_long_message_is_the_same_calls_whatever_the_cuts() -> None:
    seen: list[int] = []

    def pieces(client_sock, backend_sock, to_backend):  # type: ignore[no-untyped-def]
        data = (client_sock if to_backend else backend_sock).recv(65536)
        seen.append(len(data))
        (backend_sock if to_backend else client_sock).sendall(data)

    long = b"x" * 150_000 + b"\nshort\n"
    with script(pieces):
        for size in (len(long), 20_000):
            del seen[:]
            with told("100:tests.path.tools.Scripted", {"scripted.direction": "to_backend"}) as (server, _, client):
                for place in range(0, len(long), size):
                    client.sendall(long[place : place + size])
                    server.wait_data(min(place + size, len(long)) // 65536 * 65536)
                server.wait_data(len(long))
            assert seen == [65536, 6]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_left(way: str) -> None:
    behavior, options = WAYS[way]
    with (
        backend(whole_lines) as server,
        running(server.address, behavior, options, protocol=LINES, command_metrics="yes") as daemon,
    ):

        def session() -> None:
            with daemon.connect() as client:
                assert asked(client, b"a", b"b") == [b"re a", b"re b"]
                client.sendall(b"half a line")

        for _ in range(20):
            session()  # greenlets that have worked are kept for others, so many as work at once
        wait_no_session(daemon)
        daemon.proxy.counters.opened = 0
        check_nothing_is_left(daemon, session)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("side", ["client", "backend"])
def test_a_session_that_turns_plain_loses_nothing(way: str, side: str) -> None:
    with told(*WAYS[way], command_metrics="yes") as (server, _daemon, client):
        there = b"a\nlong and not at its end"
        back = b"re a\nhal"
        client.sendall(there)
        server.wait_data(2)
        server.sock.sendall(back)
        assert line(client) == b"re a"
        if side == "client":
            client.sendall(b"\nTLS\n")
            there += b"\nTLS\n"
        else:
            server.sock.sendall(b"f\nTLS\n")
            back += b"f\nTLS\n"
        more = body(300_000)
        together(lambda: client.sendall(more), lambda: server.sock.sendall(more))
        assert server.wait_data(len(there + more)) == there + more
        assert receive_exactly(client, len(back + more) - 5) == (back + more)[5:]
        client.shutdown(socket.SHUT_WR)
        assert server.wait_end()[0] == there + more


def test_it_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "vaurien.session"), speaking() as (_, _daemon, client):
        client.sendall(b"TLS\nTLS\n")
        assert lines(client, 2) == [b"re TLS", b"re TLS"]
    told_of = [record for record in caplog.records if "plain" in record.getMessage()]
    assert [record.getMessage() for record in told_of] == ["goes on as plain tcp: it is TLS"]
    assert told_of[0].__dict__["session"] == 1


def test_in_plain_tcp_a_call_has_no_message() -> None:
    seen = []
    with speaking() as (_, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.on("before", lambda call: seen.append(call.message)))
        client.sendall(b"TLS\n")
        line(client)
        assert asked(client, b"a") == [b"re a"]
    assert seen[-2:] == [None, None]


def test_a_handler_that_reads_on_past_the_turn_to_plain_gets_all_in_order() -> None:
    def drain(client_sock, backend_sock, to_backend):  # type: ignore[no-untyped-def]
        source, dest = (client_sock, backend_sock) if to_backend else (backend_sock, client_sock)
        while data := source.recv(65536):
            dest.sendall(data)
        dest.shutdown(socket.SHUT_WR)

    said = b"a\nb\nTLS\nc\n" + body(200_000)
    with script(drain), told("100:tests.path.tools.Scripted") as (server, _, client):
        client.sendall(said)
        client.shutdown(socket.SHUT_WR)
        assert server.wait_end() == (said, CLOSED)


@pytest.mark.parametrize("way", ["handled", "delayed", "in pieces"])
def test_what_was_cut_before_the_other_side_turned_plain_is_not_kept(way: str) -> None:
    """The flow is at work on one line, and has half of the next, when the session turns plain."""
    with told(*WAYS[way], command_metrics="yes") as (server, daemon, client):
        client.sendall(b"a\nhalf of a line")
        server.wait_data(2)
        flow = daemon.daemon.proxies["default"].sessions[1].flows[True]
        daemon.wait_until(lambda: flow.message is not None)
        daemon.do(flow.hold)
        client.sendall(b"\nand half of another")
        server.sock.sendall(b"re a\nTLS\n")
        assert lines(client, 2) == [b"re a", b"TLS"]
        daemon.do(flow.release)
        client.sendall(b", and its end\nplain")
        said = b"a\nhalf of a line\nand half of another, and its end\nplain"
        assert server.wait_data(len(said)) == said
