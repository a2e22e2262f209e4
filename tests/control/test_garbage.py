"""Whatever is sent to the control API: it answers or closes, logs no fault, and goes on."""

from __future__ import annotations

import socket
from contextlib import suppress

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.control.controlled import Controlled
from tests.peers import receive_all

PIECES = [
    b"GET", b"POST", b"PUT", b"HEAD", b" ", b"/", b"/healthz", b"/v1/proxies", b"/v1/proxies/default/behavior", b"?a=%",
    b" HTTP/1.1", b" HTTP/1.0", b" HTTP/0.9", b"\r\n", b"\n", b"\r", b":", b"5\r\n", b"0\r\n\r\n", b"0\r\nx: y\r\n\r\n",
    b'{"a":', b'{"behavior": "20:delay"}', b"[]", b"\xff", b"\0", b"%00", b"\xc3\xa9",
]  # fmt: skip
HEADERS = [
    b"Host: localhost", b"Host: \xff", b"Content-Length: 5", b"Content-Length: 99", b"Transfer-Encoding: chunked",
    b"Connection: close", b"Connection: upgrade", b"Upgrade: websocket", b"Expect: 100-continue", b"Cookie: a=b",
    b"Content-Type: application/json", b"Content-Type: \xff", b"Authorization: Bearer \xff", b"Origin: \xe9",
    b"If-Match: \x85", b"Accept: \xff/\xff", b"Accept: text/*;q=x", b"Range: bytes=0-", b"Date: x", b"Forwarded: =",
    b"Connection: keep-alive", b"X-Forwarded-Host: evil", b"Content_Length: 1", b"a" * 300 + b": b",
]  # fmt: skip
GARBAGE = st.lists(st.sampled_from(PIECES) | st.binary(max_size=5), max_size=8).map(b"".join)
HEADS = st.lists(st.sampled_from(HEADERS), max_size=5).map(lambda lines: b"".join(line + b"\r\n" for line in lines))
REQUESTS = st.builds(lambda head, body: head + b"\r\n" + body, HEADS, GARBAGE)
LINE = b"PUT /v1/proxies/default/behavior HTTP/1.1\r\nHost: localhost\r\n"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(GARBAGE | REQUESTS, st.booleans())
@example(LINE + b"Connection: upgrade\r\nContent-Length: 5\r\n\r\n{}", True)
@example(LINE + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}", True)
@example(b"GET /v1/proxies/%zz?%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", True)
@example(b"GET /v1/proxies/\xe9 HTTP/1.1\r\nHost: localhost\r\nAccept: \x85\r\n\r\n", True)
def test_it_goes_on(api: Controlled, data: bytes, begun: bool) -> None:
    with api.connect() as client, suppress(ConnectionError):
        client.sendall((LINE if begun else b"") + data)
        client.shutdown(socket.SHUT_WR)
        said = receive_all(client)
        assert said.startswith(b"HTTP/1.1 ") or not said
        assert b"HTTP/1.1 5" not in said
    assert api.call("GET", "/healthz")[0] == 200
