"""A behavior that changes while sessions are open; and what a protocol costs where nothing depends on messages."""

from __future__ import annotations

import socket

import pytest

from tests.handlers.tools import CLOSED, handled
from tests.path.speaking import asked, line, lines, live, named, speaking, told
from tests.path.tools import LARGE, body, together
from tests.peers import receive_exactly
from tests.toxics.tools import change
from vaurien import talk
from vaurien.message_flow import MessageFlow


def test_only_dummy_cuts_nothing() -> None:
    with speaking("100:dummy") as (_, daemon, client):
        assert asked(client, b"a", b"b", b"c") == [b"re a", b"re b", b"re c"]
        session = daemon.proxy.sessions[1]
        assert session.conversation is None
        assert session.calls(True) == 1  # a readable moment


def test_only_dummy_splices_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    with told("100:dummy") as (server, _daemon, client):
        big = body(LARGE)
        bulk = []

        relay = MessageFlow.relay_spliced
        monkeypatch.setattr(MessageFlow, "relay_spliced", lambda flow: (bulk.append(1), relay(flow))[1])
        together(lambda: client.sendall(big), lambda: server.wait_data(LARGE))
        assert bulk
        assert server.wait_data(LARGE) == big


def test_a_change_holds_on_open_sessions() -> None:
    with speaking("100:dummy") as (_, daemon, client):
        assert asked(client, b"a") == [b"re a"]
        live(daemon, "100:error")
        assert asked(client, b"b", b"c") == [b"ERR BUSY b", b"ERR BUSY c"]
        live(daemon, "100:dummy")
        assert asked(client, b"d", b"e") == [b"re d", b"re e"]
        assert daemon.proxy.sessions[1].conversation is None
        live(daemon, "100:error")
        assert asked(client, b"f") == [b"ERR BUSY f"]


def test_before_anything_was_said_a_change_holds_at_once() -> None:
    with speaking("100:dummy") as (server, daemon, client):
        server.wait_session()
        daemon.wait_until(lambda: daemon.proxy.sessions[1].flows)
        live(daemon, "100:error")
        assert asked(client, b"a") == [b"ERR BUSY a"]


def test_in_the_middle_of_a_pipeline_it_holds_from_the_next_request_on() -> None:
    with told("1:error", seed=1) as (server, daemon, client):
        client.sendall(b"a\nb\nc begins")
        assert server.wait_data(4).startswith(b"a\nb\n")
        live(daemon, "100:error")
        client.sendall(b" long before\nd\n")
        server.wait_data(len(b"a\nb\nc begins long before\n"))
        server.sock.sendall(b"re a\nre b\nre c\n")
        assert lines(client, 4) == [b"re a", b"re b", b"re c", b"ERR BUSY d"]


def test_back_to_dummy_in_the_middle_of_a_pipeline_keeps_the_turns() -> None:
    with told("100:error", {"error.warmup": 1}) as (server, daemon, client):
        client.sendall(b"a\nb\n")
        assert server.wait_data(2) == b"a\n"
        daemon.wait_until(lambda: handled(daemon, "error")[True] == 2)
        live(daemon, "100:dummy")
        client.sendall(b"c\nhalf")
        assert server.wait_data(4)[:4] == b"a\nc\n"
        server.sock.sendall(b"re a\nre c\n")
        assert lines(client, 3) == [b"re a", b"ERR BUSY b", b"re c"]
        client.sendall(b" done\n")
        server.wait_data(14)
        server.sock.sendall(b"re half\n")
        assert line(client) == b"re half"
        client.sendall(b"d\n")
        server.wait_data(16)
        assert daemon.proxy.sessions[1].conversation is None


def test_a_session_that_the_backend_begins_is_joined_when_the_client_asks() -> None:
    with told("100:dummy") as (server, daemon, client):
        server.sock.sendall(b"push welcome\n")
        assert line(client) == b"push welcome"
        live(daemon, "100:error")
        assert asked(client, b"a") == [b"ERR BUSY a"]


def test_a_request_that_comes_ahead_of_replies_is_not_taken_for_the_first() -> None:
    with told("100:dummy") as (server, daemon, client):
        client.sendall(b"a\nb\n")
        assert server.wait_data(4) == b"a\nb\n"
        server.sock.sendall(b"re a\n")
        assert line(client) == b"re a"
        live(daemon, "100:error")
        client.sendall(b"c\n")
        server.sock.sendall(b"re b\n")
        assert lines(client, 2) == [b"re b", b"ERR BUSY c"]
        assert server.data == b"a\nb\n"


def test_what_is_held_back_passes_when_nothing_needs_messages_any_more() -> None:
    with told("100:dummy") as (server, daemon, client):
        server.sock.sendall(b"push welcome\n")
        assert line(client) == b"push welcome"
        live(daemon, "100:error")
        client.sendall(b"a\n")
        live(daemon, "100:dummy")
        assert server.wait_data(2) == b"a\n"
        assert daemon.proxy.sessions[1].conversation is None


def test_an_end_is_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUIET", "PATIENCE"):
        monkeypatch.setattr(talk, name, 60.0)
    with told("100:dummy") as (server, daemon, client):
        server.sock.sendall(b"push welcome\n")
        assert line(client) == b"push welcome"
        live(daemon, "100:error")
        client.shutdown(socket.SHUT_WR)
        assert server.wait_end() == (b"", CLOSED)


def test_a_session_that_is_never_quiet_is_plain(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(talk, "PATIENCE", 0.0)
    caplog.set_level("INFO", "vaurien.session")
    with told("100:dummy") as (server, daemon, client):
        server.sock.sendall(b"push welcome\n")
        assert line(client) == b"push welcome"
        live(daemon, "100:error")
        server.sock.sendall(b"push again\n")
        assert line(client) == b"push again"
        client.sendall(b"a\n")
        daemon.wait_until(lambda: "goes on as plain tcp: it is never quiet" in caplog.text)


def test_hooks_make_it_cut_too() -> None:
    with speaking("100:dummy") as (_, daemon, client):
        assert asked(client, b"a") == [b"re a"]
        seen = named(daemon, "before")
        assert asked(client, b"b", b"c") == [b"re b", b"re c"]
    assert seen[:2] == ["> b", "> c"] or seen[:2] == ["> b", "< re b"]


@pytest.mark.parametrize("behavior", ["100:dummy", "100:delay"])
def test_through_both_all_bytes_arrive(behavior: str) -> None:
    said = body(LARGE)
    with told(behavior, {"delay.sleep": 0}, stays=True) as (server, _, client):
        together(
            lambda: (client.sendall(said), client.shutdown(socket.SHUT_WR)),
            lambda: server.sock.sendall(said),
            lambda: receive_exactly(client, LARGE),
        )
        assert server.wait_end()[0] == said


def test_open_sessions_keep_their_protocol() -> None:
    with speaking("100:error", {"error.warmup": 1}) as (_, daemon, client):
        assert asked(client, b"a") == [b"re a"]
        change(daemon, protocol=None)
        with daemon.connect() as other:
            other.sendall(b"a\n")
            assert receive_exactly(other, 5) == b"re a\n"
        assert asked(client, b"b", b"c") == [b"ERR BUSY b", b"ERR BUSY c"]
