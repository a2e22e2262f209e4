"""What the Python client says where no good answer comes: one clear line, and nothing left open."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.peers import backend
from tests.running import DEADLINE
from tests.servers.base import free_port
from vaurien.client import Client, ClientError, Conflict, Invalid, NotFound, Outdated, Unauthorized, Unreachable

BODY = json.dumps({"version": "2", "seed": 1, "uptime": 0.5, "proxies": ["web"]}).encode()


def answered(said: bytes, call: Callable[[Client], object] = Client.info, timeout: float = DEADLINE) -> object:
    """What a call returns that gets this as its answer."""

    def serve(sock: socket.socket) -> None:
        asked = sock.recv(65536)
        assert asked.startswith((b"GET /", b"PUT /", b"DELETE /"))
        sock.sendall(said)

    with backend(serve) as server:
        return call(Client("http://{}:{}".format(*server.address), timeout=timeout))


def response(body: bytes, status: str = "200 OK", length: int | None = None) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: "
    return head.encode() + b"%d\r\n\r\n" % (len(body) if length is None else length) + body


def test_the_fake_answer_is_good() -> None:
    info = answered(response(BODY))
    assert info == answered(response(BODY[:-1] + b', "later": 1}'))


def test_a_daemon_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(Unreachable) as caught:
        Client(f"http://127.0.0.1:{port}/").info()
    assert str(caught.value) == f"http://127.0.0.1:{port}: no daemon answers there: connection refused"
    assert caught.value.status is None
    with pytest.raises(
        Unreachable, match=rf"^unix:{tmp_path}/api: no daemon answers there: no such file or directory$"
    ):
        Client(f"unix:{tmp_path}/api").info()
    with pytest.raises(Unreachable, match="no daemon answers there"):
        Client("http://no-such-host.invalid:80", timeout=5).info()
    with pytest.raises(Unreachable, match="no daemon answers there"):
        Client(f"http://127.0.0.1:{port}/").events()


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"", "the connection broke off before the answer was there"),
        (response(BODY, length=len(BODY) + 1), "the connection broke off before the answer was there"),
        (response(BODY[:-5], "400 Bad Request", len(BODY)), "the connection broke off before the answer was there"),
        (b"-ERR unknown command 'GET'\r\n", "what answers there does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "what answers there does not speak HTTP"),
    ],
)
def test_half_an_answer_is_none(said: bytes, problem: str) -> None:
    with pytest.raises(Unreachable, match=rf"^http://127.0.0.1:\d+: {problem}$"):
        answered(said)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_no_answer(body: bytes) -> None:
    with pytest.raises(ClientError, match="the answer to GET /v1 is no JSON") as caught:
        answered(response(body))
    assert caught.value.status == 200


@pytest.mark.parametrize("body", [b"[]", b"{}", b"7", b'"x"', BODY.replace(b"proxies", b"others"), b'{"proxies": 1}'])
@pytest.mark.parametrize(
    "call",
    [
        Client.info,
        Client.proxies,
        Client.handlers,
        lambda client: client.proxy("web"),
        lambda client: client.get_behavior("web"),
        lambda client: client.sessions("web"),
        lambda client: client.counters("web"),
        lambda client: client.cut_sessions("web"),
    ],
)
def test_json_that_says_something_else_is_no_answer(body: bytes, call: Callable[[Client], object]) -> None:
    with pytest.raises(ClientError) as caught:
        answered(response(body), call)
    assert re.search("the answer|expected a number", str(caught.value))


@pytest.mark.parametrize("body", [b'{"handlers": [1]}', b'{"handlers": [{"name": "delay"}]}', b'{"handlers": {}}'])
def test_a_list_of_something_else_is_no_answer(body: bytes) -> None:
    with pytest.raises(ClientError):
        answered(response(body), Client.handlers)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", Invalid),
        ("401 Unauthorized", Unauthorized),
        ("403 Forbidden", ClientError),
        ("404 Not Found", NotFound),
        ("409 Conflict", Conflict),
        ("412 Precondition Failed", Outdated),
        ("503 Service Unavailable", ClientError),
        ("302 Found", ClientError),
    ],
)
def test_each_refusal_has_its_error(status: str, kind: type[ClientError]) -> None:
    with pytest.raises(ClientError) as caught:
        answered(response(b'{"error": {"where": "name", "message": "is taken\\nby another"}}', status))
    assert type(caught.value) is kind and caught.value.status == int(status[:3])
    assert str(caught.value) == "name: is taken by another"
    for body in (b"", b"<html>", b"[]", b'{"error": "x"}', b'{"error": {"message": 5}}'):
        with pytest.raises(kind, match=rf"^http://[\d.:]+: the answer is {status}, and not a control API's$"):
            answered(response(body, status))


def test_a_server_that_hangs_is_waited_for_no_longer_than_told() -> None:
    over = threading.Event()

    def serve(sock: socket.socket) -> None:
        sock.recv(65536)
        over.wait(DEADLINE)

    with backend(serve) as server:
        try:
            with pytest.raises(Unreachable, match=r"^http://127\.0\.0\.1:\d+: no answer within 0\.1 seconds$"):
                Client("http://{}:{}".format(*server.address), timeout=0.1).info()
        finally:
            over.set()


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:8080", "localhost", "https://localhost", "http://", "http://host:port", "http://host:99999",
        "http://host/v1", "http://user:secret@host", "http://host?x=1", "unix:", "unix:/a\0b", "http://[::1", "ftp://x",
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"write http://HOST:PORT or unix:/PATH$") as caught:
        Client(url)
    assert repr(url) in str(caught.value)


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "ü"])
def test_a_token_that_cannot_be_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(ValueError, match=r"^a token is a word of ASCII characters$"):
        Client(token=token)


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_timeout_that_cannot_be_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        Client(timeout=timeout)


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert answered(response(BODY)) is not None
