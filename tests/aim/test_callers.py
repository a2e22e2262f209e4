"""Requests that name their handler themselves, in a header."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.handlers.tools import handled
from tests.running import DEADLINE, Running, running
from tests.servers.nginx import Nginx

SLOW = {"late.callable": "delay", "late.sleep": "3600", "late.direction": "to_backend"}


@contextmanager
def before(server: Nginx, behavior: str = "", options: Any = None, **more: Any) -> Iterator[tuple[Running, Any]]:
    """A daemon that listens to its callers, and a client of it."""
    settings = {"protocol": "http", "caller_header": "X-Vaurien", **more}
    with (
        running(server.distant, behavior, {"error.codes": "503", **(options or {})}, **settings) as daemon,
        httpx.Client(base_url=f"http://127.0.0.1:{daemon.address[1]}", timeout=DEADLINE) as client,
    ):
        yield daemon, client


def status(client: Any, wish: str = "") -> int:
    return int(client.get("/1kB.bin", headers={"X-Vaurien": wish} if wish else {}).status_code)


def test_a_caller_has_its_wish_and_no_other_has(nginx_server: Nginx) -> None:
    with before(nginx_server) as (daemon, client):
        assert [status(client, wish) for wish in ("error", "", "error", "dummy", "")] == [503, 200, 503, 200, 200]
        assert handled(daemon, "error") == [0, 2]


def test_chance_decides_for_the_others(nginx_server: Nginx) -> None:
    with before(nginx_server, "100:error") as (_, client):
        assert [status(client), status(client, "dummy"), status(client)] == [503, 200, 503]


def test_a_handler_of_replies_gets_the_reply(nginx_server: Nginx) -> None:
    with before(nginx_server, options={"truncate.bytes": 20}) as (daemon, client):
        with pytest.raises(httpx.RemoteProtocolError):
            status(client, "truncate")
        assert status(client) == 200
        assert handled(daemon, "truncate") == [1, 0]


def test_only_what_the_operator_has_named_can_be_chosen(nginx_server: Nginx, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "vaurien.session"), before(nginx_server) as (daemon, client):
        for wish in ("nobody", "abort", "tests.path.tools.PassOn", "error,abort"):
            assert status(client, wish) == 200
        assert set(daemon.proxy.handlers) == {"error", "dummy"}
    assert "X-Vaurien names no handler: 'tests.path.tools.PassOn'; choose from dummy, error" in caplog.text


def test_a_script_is_nothing_for_a_caller(nginx_server: Nginx, caplog: pytest.LogCaptureFixture) -> None:
    options = {"s.script": "pass, error"}
    with caplog.at_level("INFO", "vaurien.session"), before(nginx_server, "s", options) as (_, client):
        assert [status(client, wish) for wish in ("s", "")] == [200, 503]
    assert "X-Vaurien names no handler: 's'" in caplog.text


def test_no_more_than_so_many_at_once(nginx_server: Nginx) -> None:
    """A request that waits counts until its reply has gone; then there is room again."""
    with before(nginx_server, options=SLOW, max_active=2) as (daemon, client):
        url = f"http://127.0.0.1:{daemon.address[1]}/1kB.bin"
        waiting = []
        for _ in range(2):
            sock = daemon.connect()
            sock.sendall(f"GET {url} HTTP/1.1\r\nHost: x\r\nX-Vaurien: late\r\n\r\n".encode())
            waiting.append(sock)
        daemon.wait_until(lambda: late(daemon) == 2, "two that wait")
        assert status(client, "late") == 200
        assert status(client, "error") == 200
        daemon.do(lambda: daemon.proxy.sessions[1].end("test"))
        assert status(client, "error") == 503
        for sock in waiting:
            sock.close()


def late(daemon: Running) -> int:
    """How many requests the handler has got so far; to be called in the daemon's thread."""
    return int(daemon.proxy.handlers["late"].calls[True])


def test_none_at_all(nginx_server: Nginx) -> None:
    with before(nginx_server, max_active=0) as (_, client):
        assert status(client, "error") == 200


def test_without_the_option_nobody_is_heard(nginx_server: Nginx) -> None:
    with before(nginx_server, caller_header="") as (_, client):
        assert status(client, "error") == 200


def test_many_callers_at_once_are_bounded(nginx_server: Nginx) -> None:
    with before(nginx_server, options={"late.callable": "delay", "late.sleep": "0.05"}, max_active=5) as (daemon, _):
        url = f"http://127.0.0.1:{daemon.address[1]}/1kB.bin"
        said: list[int] = []

        def call() -> None:
            with httpx.Client(timeout=DEADLINE) as client:
                said.extend(client.get(url, headers={"X-Vaurien": "late"}).status_code for _ in range(10))

        threads = [threading.Thread(target=call) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        assert said == [200] * 100
        assert 5 <= late(daemon) <= 100
