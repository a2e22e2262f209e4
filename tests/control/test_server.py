"""The HTTP server of the control API: what every answer is like, and what is left when it stops."""

from __future__ import annotations

import errno
import json
import logging
import socket
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.control.conftest import Errors
from tests.control.controlled import Controlled, answer, connected, controlled
from tests.control.routes import Raise, Repeat, Stream, routes
from tests.peers import receive_all
from tests.running import DEADLINE
from vaurien.control.limits import Limits
from vaurien.control.refusals import NameTaken, Outdated, UnknownProxy
from vaurien.errors import ConfigError


def said(api: Controlled, data: bytes) -> bytes:
    """All that is answered to these bytes until the connection is closed."""
    with api.connect() as client:
        client.sendall(data)
        return receive_all(client)


def test_a_request_is_answered(api: Controlled) -> None:
    status, headers, found = api.call("GET", "/healthz")
    assert (status, found) == (200, {"status": "ok"})
    assert headers["content-type"] == "application/json"
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert api.address.port != 0


def test_a_connection_has_many_requests(api: Controlled) -> None:
    connection = HTTPConnection(api.address.host, api.address.port, timeout=DEADLINE)
    try:
        connection.connect()
        first = connection.sock
        for _ in range(5):
            connection.request("GET", "/healthz")
            assert answer(connection.getresponse()).status == 200
            connection.request("GET", "/nothing")
            assert answer(connection.getresponse()).status == 404
        assert connection.sock is first
    finally:
        connection.close()


def test_requests_may_come_all_at_once(api: Controlled) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    found = said(api, (one + b"\r\n") * 3 + one + b"Connection: close\r\n\r\n")
    assert found.count(b"HTTP/1.1 200 OK\r\n") == found.count(b'{"status": "ok"}') == 4


def test_the_client_of_one_request_is_told_that_it_is_the_last(api: Controlled) -> None:
    for head in (b"HTTP/1.1\r\nHost: localhost\r\nConnection: close", b"HTTP/1.0\r\nHost: localhost"):
        found = said(api, b"GET /healthz " + head + b"\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in found and found.endswith(b'{"status": "ok"}\n')


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "TRACE", "SEARCH", "get"])
def test_a_method_that_there_is_not(api: Controlled, method: str) -> None:
    status, headers, found = api.call(method, "/healthz")
    assert (status, headers["allow"], headers["content-type"]) == (405, "GET", "application/json")
    if method != "HEAD":
        assert found == {"error": {"where": "method", "message": "choose from GET"}}


@pytest.mark.parametrize("path", ["/nothing", "/", "//", "/healthz/", "/%ff%00", "/healthz%2f", "*"])
def test_a_path_that_there_is_not(api: Controlled, path: str) -> None:
    assert api.call("GET", path)[::2] == (404, {"error": {"where": "", "message": "there is nothing here"}})


def test_a_fault_is_logged_and_the_client_is_told_nothing_of_it(errors: Errors) -> None:
    with routes({"/fault": Raise(ZeroDivisionError("secret"))}), controlled() as api:
        status, _, found = api.call("GET", "/fault")
        assert (status, found) == (500, {"error": {"where": "", "message": "a fault in Vaurien: its log has more"}})
        assert api.call("GET", "/healthz")[0] == 200
    (record,) = errors()
    assert record.getMessage() == "control API: GET /fault raised ZeroDivisionError"
    assert record.exc_info is not None and "secret" in str(record.exc_info[1])


def test_a_fault_in_the_middle_of_an_answer_ends_the_connection(errors: Errors) -> None:
    class Broken(Stream):
        def _pieces(self):  # type: ignore[no-untyped-def]
            yield b"begun"
            raise ZeroDivisionError

    with routes({"/broken": Broken(b"")}), controlled() as api:
        found = said(api, b"GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert found.endswith(b"5\r\nbegun\r\n")
        assert api.call("GET", "/healthz")[0] == 200
    assert [record.getMessage() for record in errors()] == ["control API: internal error"]


TAKEN = ConfigError("local", "cannot listen")
TAKEN.__cause__ = OSError(errno.EADDRINUSE, "in use")
DENIED = ConfigError("local", "cannot listen")
DENIED.__cause__ = OSError(errno.EACCES, "denied")


@pytest.mark.parametrize(
    ("exc", "status"),
    [
        (ConfigError("handlers.delay.sleep", "what is wrong"), 400),
        (UnknownProxy("name", "there is none"), 404),
        (NameTaken("name", "there is one"), 409),
        (Outdated("If-Match", "has changed"), 412),
        (TAKEN, 409),
        (DENIED, 400),
    ],
)
def test_what_cannot_be_done_is_said_with_its_place(exc: ConfigError, status: int) -> None:
    with routes({"/wrong": Raise(exc)}), controlled() as api:
        found = api.call("GET", "/wrong")
    assert found[::2] == (status, {"error": {"where": exc.where, "message": exc.problem}})


# requests that are none

LINE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/2\r\n\r\n",
        b"GET /healthz HTTP/1.\r\n\r\n",
        b"GET /healthz HTTP/1.x\r\n\r\n",
        b"GET / healthz HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
        b"GET /\x01 HTTP/1.1\r\n\r\n",
        LINE + b"no colon\r\n\r\n",
        LINE + b"Bad : x\r\n\r\n",
        LINE + b": x\r\n\r\n",
        LINE + b" goes on\r\n\r\n",
        LINE + b"Bad: \x00\r\n\r\n",
        LINE + b"Bad: a\rb\r\n\r\n",
        LINE + b"Content-Length: -1\r\n\r\n",
        LINE + b"Content-Length: +1\r\n\r\nx",
        LINE + b"Content-Length: 1_0\r\n\r\nx",
        LINE + b"Content-Length: \r\n\r\n",
        LINE + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        LINE + b"Transfer-Encoding: gzip\r\n\r\n",
        LINE + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        LINE + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(api: Controlled, data: bytes) -> None:
    head, _, body = said(api, data).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(body)["error"]["message"]
    assert api.call("GET", "/healthz")[0] == 200


def test_one_who_leaves_in_the_middle_is_no_trouble(api: Controlled) -> None:
    for data in (b"", b"GET", LINE, LINE + b"Content-Length: 5\r\n\r\nab"):
        with api.connect() as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            assert b" 500 " not in receive_all(client)
    assert api.call("GET", "/healthz")[0] == 200


# bodies


@pytest.fixture
def repeating() -> object:
    with routes({"/repeat": Repeat()}), controlled() as api:
        yield api


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_is_json_whatever_it_is_called(repeating: Controlled, kind: str) -> None:
    given = {"name": "delay", "é": [1, 2.5, None, {"a": True}]}
    assert repeating.call("POST", "/repeat", given, {"Content-Type": kind})[::2] == (200, given)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "there is no body"),
        (b" \r\n", "there is no body"),
        (b"[1]", "not a list"),
        (b"5", "not 5"),
        (b"null", "not None"),
        (b'"text"', "not 'text'"),
        (b"{", "expected a JSON object"),
        (b'{"a": 1,}', "expected a JSON object"),
        (b'{"a": 1, "a": 2}', "'a' is there twice"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": 1e999}', "1e999 is no number"),
        (b'{"a": "\\ud800"}', "surrogates"),
        (b'{"a": "\xff"}', "expected a JSON object"),
        (b'{"a": ' + b"9" * 5000 + b"}", "expected a JSON object"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "too deep"),
    ],
)
def test_what_is_no_json_object_is_refused(repeating: Controlled, data: bytes, words: str) -> None:
    status, _, found = repeating.call("POST", "/repeat", data)
    assert (status, found["error"]["where"]) == (400, "body")
    assert words in found["error"]["message"]


def chunked(data: bytes, more: bytes = b"") -> bytes:
    head = b"POST /repeat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + more
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + data


def test_a_body_may_come_in_chunks(repeating: Controlled) -> None:
    assert said(repeating, chunked(b'3\r\n{"a\r\n5;x=y\r\n": 1}\r\n0\r\n\r\n')).endswith(b'\r\n\r\n{"a": 1}\n')


@pytest.mark.parametrize("data", [b"x\r\n", b"\r\n", b"3\r\nabcd\r\n", b"fffffffffffffffffff\r\n", b"2\r\n{}\r\n"])
def test_chunks_that_are_none(repeating: Controlled, data: bytes) -> None:
    with repeating.connect() as client:
        client.sendall(chunked(data))
        client.shutdown(socket.SHUT_WR)
        assert receive_all(client).startswith(b"HTTP/1.1 400 ")


def test_a_client_that_asks_before_it_sends_a_body(repeating: Controlled) -> None:
    with repeating.connect() as client:
        head = b"POST /repeat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
        client.sendall(head + b"Content-Length: 2\r\n\r\n")
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"{}")
        assert receive_all(client).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_body_that_nobody_reads_does_not_become_a_request(api: Controlled) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for path, status in ((b"/healthz", b"200"), (b"/nothing", b"404")):
        head = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(hidden)
        found = said(api, head + hidden)
        assert found.startswith(b"HTTP/1.1 " + status) and found.count(b"HTTP/1.1") == 1
        assert b"\r\nConnection: close\r\n" in found


# where it listens


def test_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with controlled(http=f"unix:{path}") as api:
        assert api.call("GET", "/healthz")[0] == 200
        assert api.call("GET", "/healthz", headers={"Host": "anything"})[0] == 200
        assert path.is_socket()
    assert not path.exists()


def test_ipv6() -> None:
    with controlled(http="[::1]:0") as api:
        assert api.url.startswith("http://[::1]:")
        assert api.call("GET", "/healthz")[0] == 200


def test_an_address_that_is_taken(echo_backend: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        taken = pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}: address already in use")
        with taken, controlled(http=f"127.0.0.1:{port}"):
            pytest.fail("it has started")


# the end


def test_connections_end_with_it() -> None:
    stream = Stream(bytes(100_000))
    # Nobody is waited for who waits for us, or would go on for ever: this would take longer than the test.
    patient = Limits(stop=10 * DEADLINE)
    with routes({"/stream": stream}), controlled(limits=patient) as api:
        idle, begun, streaming = api.connect(), api.connect(), api.connect()
        begun.sendall(b"GET /hea")
        streaming.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert streaming.recv(17) == b"HTTP/1.1 200 OK\r\n"
        assert api.call("GET", "/healthz")[0] == 200
        server = api.control._server
        assert server is not None
        greenlets = list(server.open.values())
        assert len(greenlets) >= 3
        api.running.do(api.control.stop)
        with pytest.raises(ConnectionRefusedError):
            connected(api.address)
        assert idle.recv(1) == begun.recv(1) == b""
        with suppress(ConnectionResetError):
            receive_all(streaming)
        assert (server.open, stream.ended) == ({}, 1)
        assert all(greenlet.dead for greenlet in greenlets)
        for client in (idle, begun, streaming):
            client.close()


# what it leaves


def test_requests_are_counted(api: Controlled) -> None:
    for method, path in (("GET", "/healthz"), ("GET", "/healthz"), ("PUT", "/healthz"), ("GET", "/x"), ("GET", "/y")):
        api.call(method, path)
    assert api.running.do(lambda: dict(api.control.requests)) == {
        ("/healthz", 200): 2, ("/healthz", 405): 1, ("other", 404): 2,
    }  # fmt: skip


def test_each_is_logged_at_debug_only(api: Controlled, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "vaurien"):
        api.call("GET", "/healthz")
        api.running.wait_until(lambda: not api.control._server.open, "the end of the connection")
        assert caplog.messages == []
    with caplog.at_level(logging.DEBUG, "vaurien"):
        api.call("GET", "/healthz?token=secret")
        api.running.wait_until(lambda: caplog.messages, "a line")
    (line,) = caplog.messages
    assert line.startswith("control API: GET /healthz is answered 200, 0.0")
