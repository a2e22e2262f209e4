"""What howto/aim.rst says comes true, before a real Redis and a real nginx."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.howtos.following import following, steps
from tests.reader import Reader
from tests.real.protocols.test_redis_py import client
from tests.servers.nginx import Nginx
from tests.servers.redis import Redis

PAGE = "howto/aim"


def ask(reader: Reader) -> Any:
    return client(reader.ports["8000"], 2, driver_info=None)


def took(function: Callable[[], Any]) -> float:
    begin = time.monotonic()
    function()
    return time.monotonic() - begin


def writes_of_users_fail(reader: Reader) -> None:
    with ask(reader) as server:
        for _ in range(5):
            with pytest.raises(redis.OutOfMemoryError):
                server.delete("user:1")
            assert server.get("user:1") is None
            assert server.get("other") == b"hello"


def orders_are_late(reader: Reader) -> None:
    with httpx.Client(base_url=f"http://localhost:{reader.ports['8000']}", timeout=20) as web:
        assert took(lambda: web.put("/upload/order", content=b"x").raise_for_status()) >= 2
        assert took(lambda: web.get("/upload/order").raise_for_status()) < 2


def both_have_all_of_their_calls(reader: Reader) -> None:
    with ask(reader) as server:
        for _ in range(3):
            with pytest.raises(redis.OutOfMemoryError):
                server.set("a", "x")
        assert took(lambda: server.get("a")) >= 0.5
        assert server.exists("a") == 0


def the_third_write_fails(reader: Reader) -> None:
    with client(reader.ports["6379"], 2) as direct:
        assert [direct.get(key) for key in "abc"] == [b"1"] * 3


def cut_after_100_kb(reader: Reader) -> None:
    got = bytearray()
    with socket.create_connection(("localhost", reader.ports["8000"]), 20) as plain:
        plain.sendall(b"GET /1MB.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionResetError):
            while piece := plain.recv(65536):
                got += piece
    assert len(got) == 100_000


def callers_say_it(reader: Reader) -> None:
    with httpx.Client(base_url=f"http://localhost:{reader.ports['8000']}", timeout=20) as web:
        wishes = ["error", "abort", "dummy"]
        codes = [web.get("/index.html", headers={"X-Vaurien": wish}).status_code for wish in wishes]
    assert codes == [503, 200, 200]


MET = [
    writes_of_users_fail, orders_are_late, both_have_all_of_their_calls, the_third_write_fails, cut_after_100_kb,
    callers_say_it,
]  # fmt: skip


def test_each_vaurien_of_the_page_is_tried() -> None:
    assert len(steps(PAGE)) == len(MET)


@pytest.mark.parametrize("number", range(len(MET)), ids=lambda number: MET[number].__name__)
def test_it_does_what_the_page_says(number: int, redis_server: Redis, nginx_server: Nginx, tmp_path: Path) -> None:
    with client(redis_server.port, 2) as direct:
        direct.flushall()
    ports = {"6379": redis_server.port, "8080": nginx_server.port}
    with following(PAGE, number, tmp_path, ports, "8000") as reader:
        MET[number](reader)
