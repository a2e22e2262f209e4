"""``rewrite``: status, headers and body of replies, however they are framed and however long they are."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from tests import peers
from tests.running import Running, running
from vaurien.errors import ConfigError

LONG = b"0123456789" * 100_000


def replying(reply: bytes, last: bool = False) -> Callable[[socket.socket], None]:
    """A server that says `reply` to each request."""

    def serve(sock: socket.socket) -> None:
        while sock.recv(65536):
            sock.sendall(reply)
            if last:
                return

    return serve


def sized(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nServer: b\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def chunked(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nServer: b\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (
        len(body),
        body,
    )


Seen = tuple[int, str, dict[str, str], bytes]


def asked(daemon: Running, times: int = 3, method: str = "GET") -> Seen:
    """What a client sees, each time the same, over one connection: status, reason, headers, body."""
    host, port = daemon.address
    with closing(http.client.HTTPConnection(host, port, timeout=10)) as connection:
        connection.connect()
        sock = connection.sock
        replies = []
        for _ in range(times):
            connection.request(method, "/")
            reply = connection.getresponse()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            replies.append((reply.status, reply.reason, headers, reply.read()))
            assert connection.sock is sock or times == 1
    assert all(reply == replies[0] for reply in replies)
    return replies[0]


def rewriting(distant: Any, **options: Any) -> AbstractContextManager[Running]:
    named = {f"rewrite.{name}": value for name, value in options.items()}
    return running(distant, "100:rewrite", named, protocol="http")


@pytest.mark.parametrize("frame", [sized, chunked])
@pytest.mark.parametrize("body", [b"short", LONG], ids=["short", "long"])
def test_status_and_headers_change_and_the_body_stays(frame: Callable[[bytes], bytes], body: bytes) -> None:
    options = {"status": 418, "headers": "Server:\nX-One: 1, 2\nX-Two: b: c"}
    with peers.backend(replying(frame(body))) as server, rewriting(server.address, **options) as daemon:
        status, reason, headers, read = asked(daemon)
    assert (status, reason, read) == (418, "I'm a Teapot", body)
    assert headers["x-one"] == "1, 2" and headers["x-two"] == "b: c" and "server" not in headers


@pytest.mark.parametrize("frame", [sized, chunked])
@pytest.mark.parametrize("body", [b"short", LONG], ids=["short", "long"])
def test_another_body(frame: Callable[[bytes], bytes], body: bytes) -> None:
    with peers.backend(replying(frame(body))) as server, rewriting(server.address, body="née") as daemon:
        assert asked(daemon)[::3] == (200, "née".encode())


@pytest.mark.parametrize("body", [b"short", LONG], ids=["short", "long"])
def test_a_status_that_has_no_body(body: bytes) -> None:
    with peers.backend(replying(sized(body))) as server, rewriting(server.address, status=204) as daemon:
        status, _, headers, read = asked(daemon)
    assert (status, read) == (204, b"") and "content-length" not in headers


def test_a_reply_that_lasts_until_the_backend_closes() -> None:
    reply = b"HTTP/1.0 200 OK\r\n\r\n" + LONG
    with peers.backend(replying(reply, last=True)) as server:
        with rewriting(server.address, headers="X-One: 1") as daemon:
            _, _, headers, read = asked(daemon, 1)
            assert headers == {"x-one": "1"} and read == LONG
        with rewriting(server.address, body="new") as daemon:
            assert asked(daemon, 1)[3] == b"new"


def test_a_reply_to_head_gets_no_body() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
    with peers.backend(replying(reply)) as server, rewriting(server.address, body="new", status=500) as daemon:
        status, _, headers, read = asked(daemon, method="HEAD")
    assert (status, headers["content-length"], read) == (500, "3", b"")


def test_interim_replies_pass() -> None:
    reply = b"HTTP/1.1 100 Continue\r\n\r\n" + sized(b"old")
    backend = peers.backend(replying(reply))
    with backend as server, rewriting(server.address, body="new") as daemon, daemon.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        final = b"HTTP/1.1 200 OK\r\nServer: b\r\nContent-Length: 3\r\n\r\nnew"
        said = b""
        while not said.endswith(b"new"):
            said += client.recv(1000)
        assert said == b"HTTP/1.1 100 Continue\r\n\r\n" + final


def test_the_body_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "page"
    file.write_bytes(b"\0page\xff")
    with peers.backend(replying(sized(b"old"))) as server:
        with rewriting(server.address, body_file=file) as daemon:
            assert asked(daemon)[3] == b"\0page\xff"
        missing = pytest.raises(ConfigError, match=r"cannot read .*missing: no such file or directory")
        with missing, rewriting(server.address, body_file=tmp_path / "missing"):
            pass


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"status": 199}, "from 200 to 599, or 0"),
        ({"headers": "no colon"}, "NAME: VALUE"),
        ({"headers": "Content-Length: 5"}, "Content-Length follows from the body"),
        ({"headers": "a b: c"}, "expected the name of a header"),
    ],
)
def test_what_would_be_no_reply_is_refused(options: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem), rewriting(("127.0.0.1", 1), **options):
        pass


@pytest.mark.parametrize("protocol", ["tcp", "redis"])
def test_another_protocol_is_refused(protocol: str) -> None:
    said = f"--behavior: handler 'rewrite' is made for http, and the protocol here is {protocol}"
    with pytest.raises(ConfigError, match=said), running(("127.0.0.1", 1), "5:rewrite", protocol=protocol):
        pass
