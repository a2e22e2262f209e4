"""Events, as the Python client tells them."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from tests.control.clients import client_of, says_back
from tests.control.controlled import Controlled, controlled
from tests.peers import Backend, backend, receive_exactly
from tests.running import DEADLINE
from vaurien.client import Client, ClientError, Event, Invalid, Unreachable
from vaurien.client.server_sent import Assembler, Message

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


def test_what_happens_is_told_in_its_order(api: Controlled) -> None:
    client = client_of(api)
    began = time.time()
    with client.events() as events:
        client.set_behavior("100:delay", sleep=0)
        with api.running.connect() as peer:
            peer.sendall(b"hello")
            assert receive_exactly(peer, 5) == b"hello"
            name = "{}:{}".format(*peer.getsockname())
        change, started, call, ended = (next(events) for _ in range(4))
    assert (change.type, change.proxy, change.details) == (
        "proxy_changed", "default", {"changed": ["behavior", "handlers"]},
    )  # fmt: skip
    assert (started.type, started.details["session"], started.details["client"]) == ("session_started", 1, name)
    assert (call.type, call.details["handler"], call.details["to_backend"]) == ("call", "delay", True)
    assert (ended.type, ended.details["bytes_to_client"]) == ("session_ended", 5)
    assert began - 1 < started.time < time.time() + 1
    assert started.json["type"] == "session_started" and int(ended.id) == int(change.id) + 3


def test_only_what_was_asked_for_is_told(api: Controlled) -> None:
    client = client_of(api)
    client.create_proxy("web", local="127.0.0.1:0", distant=client.proxy("default").distant)
    with client.events("web") as of_web, client.events(types=["session_ended", "proxy_deleted"]) as ends:
        assert says_back(api)
        client.set_behavior("1:delay", proxy="web")
        client.delete_proxy("web")
        assert [next(of_web).type, next(of_web).type] == ["proxy_changed", "proxy_deleted"]
        assert {next(ends).type, next(ends).type} == {"session_ended", "proxy_deleted"}
    with pytest.raises(Invalid, match="nonsense"):
        client.events(types=["nonsense"])


def test_closing_ends_the_iterator_that_waits_in_another_thread(api: Controlled) -> None:
    events = client_of(api).events()
    seen: list[Event] = []
    waiting = threading.Thread(target=lambda: seen.extend(events))
    waiting.start()
    client_of(api).set_behavior("1:delay")
    end = time.monotonic() + DEADLINE
    while not seen and time.monotonic() < end:
        time.sleep(0.001)
    began = time.monotonic()
    events.close()
    waiting.join(DEADLINE)
    assert not waiting.is_alive()
    assert time.monotonic() - began < 5, "it was ended by the next word of the daemon's"
    assert [event.type for event in seen] == ["proxy_changed"]
    assert list(events) == []
    events.close()


def test_the_daemon_sees_that_nobody_listens_any_more(api: Controlled) -> None:
    listened = api.running.daemon.shared.events
    with client_of(api).events() as events:
        client_of(api).set_behavior("1:delay")
        next(events)
        assert api.running.do(lambda: listened.listened)
    end = time.monotonic() + DEADLINE
    while api.running.do(lambda: listened.listened):
        assert time.monotonic() < end, "it still tells somebody"
        client_of(api).set_behavior("1:delay")  # a daemon sees it when it has something to tell


def test_a_daemon_that_stops_ends_the_iterator_or_is_told_as_gone(echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as api:
        events = client_of(api).events()
    try:
        assert list(events) == []
    except Unreachable:
        pass
    finally:
        events.close()


def told(*pieces: bytes, head: bytes = HEAD) -> list[Event]:
    """What a stream of these pieces tells until its end."""

    def serve(sock: socket.socket) -> None:
        while not sock.recv(65536).endswith(b"\r\n\r\n"):
            pass
        for piece in (head + b"\r\n", *pieces):
            sock.sendall(piece)

    with (
        backend(serve) as server,
        Client("http://{}:{}".format(*server.address), timeout=DEADLINE).events() as events,
    ):
        return list(events)


def test_a_stream_in_any_pieces_is_understood() -> None:
    data = b': listening\n\nid: 7\nevent: call\ndata: {"type": "call", "time": 1.5,\ndata: "proxy": "w"}\n\n:x\n\n'
    (whole,) = told(data)
    assert (whole.id, whole.type, whole.time, whole.proxy, whole.details) == ("7", "call", 1.5, "w", {})
    assert told(*(data[i : i + 1] for i in range(len(data)))) == [whole]
    assert told(data.replace(b"\n", b"\r\n")) == [whole]
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (data[:40], data[40:41], data[41:])]
    assert told(*chunks, b"0\r\n\r\n", head=HEAD + b"Transfer-Encoding: chunked\r\n") == [whole]


def test_a_stream_that_breaks_off_is_no_end() -> None:
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n"
    with pytest.raises(Unreachable, match="broke off"):
        told(b"5\r\n: st", head=chunked)
    with pytest.raises(Unreachable, match="broke off"):
        told(b"4\r\n: s\n\r\n9\r\n: listen", head=chunked)


def test_a_stream_that_stops_between_two_chunks_is_at_its_end() -> None:
    assert told(b"4\r\n: s\n\r\n", head=HEAD + b"Transfer-Encoding: chunked\r\n") == []


@pytest.mark.parametrize("data", [b"nonsense", b"[1]", b'{"type": "call"}', b'"\xff"'])
def test_what_is_no_event_is_an_error(data: bytes) -> None:
    with pytest.raises(ClientError):
        told(b"data: " + data + b"\n\n")


def test_a_daemon_that_says_nothing_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaurien.client.event_stream.SILENCE", 0.1)
    silent = threading.Event()

    def serve(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(HEAD + b"\r\n: listening\n\n")
        silent.wait(DEADLINE)

    with backend(serve) as server:
        try:
            with pytest.raises(Unreachable, match=r"nothing was heard for 0\.1 seconds"):
                next(Client("http://{}:{}".format(*server.address)).events())
        finally:
            silent.set()


def test_fields_are_put_together_as_the_standard_says() -> None:
    lines = b"id: 1\ndata\ndata:  two\nretry: 5\nnonsense\nevent:call\n\nevent: lost\n\nid: a\0b\ndata: x\n\n"
    messages = [Message("call", "\n two", "1"), Message("message", "x", "1")]
    assert Assembler().take(lines) == messages
    one_by_one = Assembler()
    assert [message for i in range(len(lines)) for message in one_by_one.take(lines[i : i + 1])] == messages


def test_a_stream_from_a_unix_socket(echo_backend: Backend, tmp_path: Path) -> None:
    with controlled(echo_backend.address, http=f"unix:{tmp_path}/api") as api, client_of(api).events() as events:
        client_of(api).set_behavior("1:delay")
        assert next(events).type == "proxy_changed"
