"""No client of the control API can hold it: neither by being slow, nor by sending much, nor by being many."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from tests.control.controlled import Controlled, controlled
from tests.control.routes import Busy, Repeat, Stream, routes
from tests.peers import receive_all
from tests.running import DEADLINE
from vaurien.control.connection import Connection
from vaurien.control.limits import Limits

SHORT = 0.15
SLACK = 5.0  # seconds that a busy machine may be late; the limits that are not SHORT are longer
LIMITS = Limits(head=SHORT, body=SHORT, write=SHORT, idle=SHORT, linger=SHORT, connections=8)
LINE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /repeat HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def stream() -> Stream:
    return Stream(bytes(1_000_000))


@pytest.fixture
def api(stream: Stream) -> Iterator[Controlled]:
    """A control API that has little patience."""
    with routes({"/repeat": Repeat(), "/stream": stream}), controlled(limits=LIMITS) as found:
        yield found


def drip(api: Controlled, start: bytes, byte: bytes) -> tuple[bytes, float]:
    """What is answered to one who sends `start` at once, and then a byte every now and then without an end; and for
    how long it could go on, in seconds."""
    begin = time.monotonic()
    with api.connect() as client:
        client.sendall(start)
        client.settimeout(SHORT / 10)
        while time.monotonic() - begin < DEADLINE:
            client.sendall(byte)
            with suppress(TimeoutError):
                first = client.recv(1)
                took = time.monotonic() - begin
                client.settimeout(DEADLINE)
                with suppress(ConnectionResetError):
                    return first + receive_all(client), took
                return first, took
    pytest.fail("it is never cut")


def error(data: bytes) -> tuple[int, Any]:
    """Status and error of an answer."""
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]


# slow ones


@pytest.mark.parametrize("start", [b"G", b"GET /heal", LINE, LINE + b"More: "])
def test_a_slow_head_is_cut(api: Controlled, start: bytes) -> None:
    found, took = drip(api, start, b"x")
    assert error(found) == (408, {"where": "", "message": f"no whole request in {SHORT} seconds"})
    assert SHORT < took < SHORT + SLACK


@pytest.mark.parametrize(
    ("head", "byte"),
    [
        (b"Content-Length: 1000000\r\n\r\n", b" "),
        (b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n", b" "),
        (b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    ],
)
def test_a_slow_body_is_cut(api: Controlled, head: bytes, byte: bytes) -> None:
    found, took = drip(api, POST + head, byte)
    assert error(found) == (408, {"where": "body", "message": f"has not come whole in {SHORT} seconds"})
    assert SHORT < took < SHORT + SLACK


def test_a_body_has_its_own_time() -> None:
    with routes({"/repeat": Repeat()}), controlled(limits=Limits(head=SHORT)) as api, api.connect() as client:
        client.sendall(POST + b"Connection: close\r\nContent-Length: 100\r\n\r\n")
        begin = time.monotonic()
        client.settimeout(SHORT / 10)
        while time.monotonic() - begin < 2 * SHORT:
            with suppress(TimeoutError):
                pytest.fail(f"it is answered early: {client.recv(100)!r}")
        client.settimeout(DEADLINE)
        client.sendall(b"{}" + b" " * 98)
        assert receive_all(client).startswith(b"HTTP/1.1 200 OK")


def test_one_who_sends_nothing_is_cut(api: Controlled) -> None:
    with api.connect() as client:
        begin = time.monotonic()
        assert client.recv(1) == b""
        assert SHORT / 2 < time.monotonic() - begin < SHORT + SLACK


def test_one_who_asks_for_nothing_more_is_cut(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(LINE + b"\r\n")
        begin = time.monotonic()
        assert receive_all(client).startswith(b"HTTP/1.1 200 OK\r\n")
        assert SHORT / 2 < time.monotonic() - begin < SHORT + SLACK


def test_one_who_does_not_take_its_answer_is_cut(api: Controlled, stream: Stream) -> None:
    with api.connect() as client:
        client.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        api.running.wait_until(lambda: stream.ended == 1, "the end of the answer")


def test_a_refused_one_cannot_go_on_for_long(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\nx")
        assert receive_all(client).startswith(b"HTTP/1.1 404 ")
        server = api.control._server
        assert server is not None
        api.running.wait_until(lambda: not server.open, "the end of the connection")


# much


def test_a_body_of_as_much_as_may_be() -> None:
    with routes({"/repeat": Repeat()}), controlled() as api:
        given = {"a": "x" * ((1 << 20) - len('{"a": ""}'))}
        assert api.call("POST", "/repeat", given)[::2] == (200, given)
        given["a"] += "x"
        status, _, found = api.call("POST", "/repeat", given)
        assert (status, found["error"]) == (413, {"where": "body", "message": "has more than 1048576 bytes"})


def test_a_body_that_is_announced_to_be_huge(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(POST + b"Content-Length: 99999999999999\r\n\r\n")
        assert error(receive_all(client))[0] == 413


def test_a_body_that_is_huge_in_chunks(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            for _ in range(40):
                client.sendall(b"%x\r\n%b\r\n" % (65536, bytes(65536)))
        assert error(receive_all(client))[0] == 413


def test_one_who_sends_it_all_first_gets_its_answer(api: Controlled) -> None:
    status, _, found = api.call("POST", "/repeat", b" " * 5_000_000)
    assert (status, found["error"]["where"]) == (413, "body")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /" + b"x" * 8192 + b" HTTP/1.1\r\n\r\n", 414),
        (b"x" * 100_000, 414),
        (LINE + b"X: " + b"x" * 33_000 + b"\r\n\r\n", 431),
        (LINE + b"X: " + b"x" * 100_000, 431),
        (LINE + b"X: x\r\n" * 101 + b"\r\n", 431),
        (LINE + b"X: x\r\n" * 100_000, 431),
    ],
)
def test_a_head_that_is_too_large(api: Controlled, data: bytes, status: int) -> None:
    with api.connect() as client:
        with suppress(ConnectionError):
            client.sendall(data)
        assert error(receive_all(client))[0] == status


# many


def test_idle_ones_lock_nobody_out(stream: Stream) -> None:
    with controlled(limits=Limits(connections=8)) as api, ExitStack() as stack:
        idle = [stack.enter_context(api.connect()) for _ in range(30)]
        idle[-1].sendall(b"GET /he")
        assert [api.call("GET", "/healthz")[0] for _ in range(3)] == [200] * 3
        server = api.control._server
        assert server is not None and api.running.do(lambda: len(server.open)) <= 8
        for client in idle[:20]:  # those that were silent longest had to go
            assert client.recv(1) == b""
        idle[-1].sendall(b"althz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle[-1].recv(15) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    "data",
    [
        LINE + b"More: ",
        POST + b"Content-Length: 100\r\n\r\n{",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n",
    ],
)
def test_slow_ones_lock_nobody_out(stream: Stream, data: bytes) -> None:
    with routes({"/repeat": Repeat(), "/stream": stream}), controlled(limits=Limits(connections=3)) as api:
        server = api.control._server
        assert server is not None
        with ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(api.connect()).sendall(data)
            api.running.wait_until(lambda: len(server.open) == 3 and all(map(waits, server.open)), "three slow ones")
            assert [api.call("GET", "/healthz")[0] for _ in range(5)] == [200] * 5


def waits(connection: Connection) -> bool:
    """Whether it waits, and not for its first byte."""
    return connection.waiting_since is not None and connection.requestline is not None


def test_where_all_are_busy_a_new_one_is_turned_away() -> None:
    busy = Busy()
    with routes({"/busy": busy}), controlled(limits=Limits(connections=3)) as api, ExitStack() as stack:
        clients = [stack.enter_context(api.connect()) for _ in range(3)]
        for client in clients:
            client.sendall(LINE + b"\r\n")  # what was once written to a client makes it no slow one
            client.sendall(b"GET /busy HTTP/1.1\r\nHost: localhost\r\n\r\n")
        api.running.wait_until(lambda: busy.begun == 3, "three requests")
        with api.connect() as client:
            found = receive_all(client)
        assert b"\r\nRetry-After: 1\r\n" in found
        assert error(found) == (503, {"where": "", "message": "too many requests at once"})
        api.running.do(busy.over.set)
        for client in clients:
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert api.call("GET", "/healthz")[0] == 200


def test_the_proxies_go_on_while_many_come(echo_backend: Any) -> None:
    with controlled(echo_backend.address, limits=LIMITS) as api, ExitStack() as stack:
        client = stack.enter_context(api.running.connect())
        for _ in range(50):
            other = stack.enter_context(socket.create_connection((api.address.host, api.address.port), DEADLINE))
            other.sendall(LINE)
            client.sendall(b"hello")
            assert client.recv(5, socket.MSG_WAITALL) == b"hello"
