"""Whatever becomes of a request to the control API: its descriptors, watchers and greenlets are gone."""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any
from unittest import mock

import gevent
import pytest
from gevent.server import StreamServer
from greenlet import greenlet

from tests.conftest import open_descriptors
from tests.control.controlled import Controlled, controlled
from tests.control.routes import Repeat, Stream, routes
from tests.path.tools import reset
from tests.peers import receive_all
from tests.running import DEADLINE
from vaurien.control.limits import Limits

TIMES = 12
LIMITS = Limits(head=0.02, body=0.02, write=0.02, linger=0.02, connections=4)
LINE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /repeat HTTP/1.1\r\nHost: localhost\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"


def holdings(api: Controlled) -> dict[str, Any]:
    """What would be more if something of a connection were left."""

    def look() -> dict[str, Any]:
        gc.collect()
        things = gc.get_objects()
        return {
            "descriptors": len(open_descriptors()),
            "watchers": gevent.get_hub().loop.activecnt,
            "greenlets": sum(isinstance(thing, greenlet) and not thing.dead for thing in things),
            "connections": len(api.control._server.open),
        }

    return api.running.do(look)


def served(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(LINE + b"Connection: close\r\n\r\n")
        assert receive_all(client).startswith(b"HTTP/1.1 200 OK")


def refused(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert receive_all(client).startswith(b"HTTP/1.1 400 ")


def too_slow_with_the_head(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(LINE)
        assert receive_all(client).startswith(b"HTTP/1.1 408 ")


def too_slow_with_the_body(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(POST + b"Content-Length: 2\r\n\r\n{")
        assert receive_all(client).startswith(b"HTTP/1.1 408 ")


def too_large(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(POST + b"Content-Length: 9999999\r\n\r\n{")
        assert receive_all(client).startswith(b"HTTP/1.1 413 ")


def leaves_without_a_word(api: Controlled) -> None:
    api.connect().close()


def resets_in_the_middle(api: Controlled) -> None:
    client = api.connect()
    client.sendall(POST + b"Content-Length: 2\r\n\r\n{")
    reset(client)


def resets_while_it_is_answered(api: Controlled) -> None:
    client = api.connect()
    client.sendall(STREAM)
    assert client.recv(15) == b"HTTP/1.1 200 OK"
    reset(client)


def does_not_read(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(STREAM)
        api.running.wait_until(lambda: not api.control._server.open, "the end of the connection")


def has_to_make_room(api: Controlled) -> None:
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(api.connect())
        served(api)


@pytest.mark.parametrize(
    "visit",
    [
        served,
        refused,
        too_slow_with_the_head,
        too_slow_with_the_body,
        too_large,
        leaves_without_a_word,
        resets_in_the_middle,
        resets_while_it_is_answered,
        does_not_read,
        has_to_make_room,
    ],
)
def test_nothing_is_left_of_a_client_that(visit: Callable[[Controlled], None]) -> None:
    with (
        routes({"/repeat": Repeat(), "/stream": Stream(bytes(100_000))}),
        controlled(limits=LIMITS) as api,
    ):
        visit(api)
        api.running.wait_until(lambda: not api.control._server.open, "the end of all connections")
        before = holdings(api)
        for _ in range(TIMES):
            visit(api)
        deadline = time.monotonic() + DEADLINE / 2
        while [name for name, count in holdings(api).items() if count > before[name]]:
            assert time.monotonic() < deadline, f"{before} and {holdings(api)}"


def test_where_there_is_no_descriptor_clients_wait(caplog: pytest.LogCaptureFixture) -> None:
    original = StreamServer.do_read
    failures = [OSError(24, "Too many open files")] * 2

    def exhausted(self: StreamServer) -> Any:
        if failures:
            raise failures.pop()
        return original(self)

    with controlled() as api, mock.patch.object(StreamServer, "do_read", exhausted):
        assert api.call("GET", "/healthz")[0] == 200
    assert (failures, caplog.messages) == ([], ["control API: cannot accept: too many open files"])


def test_it_may_stop_while_it_waits_for_descriptors() -> None:
    def exhausted(self: StreamServer) -> Any:
        raise OSError(24, "Too many open files")

    with (
        controlled() as api,
        mock.patch.object(StreamServer, "do_read", exhausted),
        socket.create_connection((api.address.host, api.address.port), DEADLINE) as client,
    ):
        api.running.wait_until(lambda: api.control._server._retry is not None, "a pause")
        api.running.do(api.control.stop)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
