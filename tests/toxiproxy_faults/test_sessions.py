"""Faults of Toxiproxy's sessions that users have reported; above each test, how its row begins."""

from __future__ import annotations

import select
import socket

import pytest

from tests.control.controlled import controlled
from tests.control.scraped import scrape
from tests.control.toxiproxy.dialect import Dialect
from tests.path.leaks import check_nothing_is_left
from tests.path.tools import fate_of_a_client, how_it_ends, wait_no_sessions
from tests.peers import Backend, backend, receive_all
from tests.toxiproxy_faults.tools import echoes
from vaurien.link import BOUND
from vaurien.relay import CHUNK

# "A client's half-close loses the reply"


@pytest.mark.parametrize("kind", ["", "latency", "slicer"])
def test_the_reply_comes_after_a_half_close(kind: str) -> None:
    def reply_at_the_end(sock: socket.socket) -> None:
        sock.sendall(receive_all(sock)[::-1])

    with backend(reply_at_the_end) as server, controlled(server.address) as api:
        if kind:
            Dialect(api).toxic(kind, "default")
        with api.running.connect() as client:
            client.sendall(b"abc")
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client) == b"cba"


# "one hanging upstream stops the proxy"


def test_a_session_whose_backend_hangs_keeps_no_other_from_its_own(echo: Dialect, echo_backend: Backend) -> None:
    hanging = socket.create_server(("127.0.0.1", 0), backlog=0)
    filling = []
    with hanging:
        while True:  # until the kernel takes no more, and leaves who comes without an answer
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(hanging.getsockname())
            filling.append(sock)
            if not select.select([], [sock], [], 0.2)[1]:
                break
        try:
            echo.say("PATCH", "/proxies/default", {"upstream": "{}:{}".format(*hanging.getsockname())})
            with echo.api.running.connect(), echo.api.running.connect():
                echo.api.running.wait_until(lambda: len(echo.api.running.proxy.sessions) == 2)
                upstream = "{}:{}".format(*echo_backend.address)
                change = {"distant": upstream}  # natively it holds for new sessions only
                assert echo.api.call("PATCH", "/v1/proxies/default", change)[0] == 200
                with echo.api.running.connect() as client:
                    assert echoes(client)
                assert len(echo.api.running.proxy.sessions) >= 2
        finally:
            for sock in filling:
                sock.close()


# "A down upstream looks up"


def test_a_client_of_an_upstream_that_is_down_is_reset_and_counted() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with controlled(nobody.getsockname()) as api:
            assert fate_of_a_client(api.running) == "reset"
            wait_no_sessions(api.running)
            assert scrape(api)("connect_failures_total", proxy="default") == 1


# "Memory: 4 connections with 60 s of latency took 139 MiB"


def test_what_waits_is_bounded_and_the_sender_is_held_back(echo: Dialect) -> None:
    echo.toxic("latency", "default", stream="upstream", latency=60_000)
    with echo.api.running.connect() as client:
        client.setblocking(False)
        while select.select([], [client], [], 0.5)[1]:
            try:
                client.send(b"x" * (1 << 20))
            except BlockingIOError:
                continue
        held = echo.api.running.do(lambda: echo.api.running.proxy.totals_now())
    assert BOUND <= held["received_to_backend"] <= BOUND + 2 * CHUNK
    assert held["bytes_to_backend"] <= CHUNK  # what was read, and waits to be taken, counts as moved


# "limit_data and reset_peer leak a goroutine per connection"


@pytest.mark.parametrize("kind", ["limit_data", "reset_peer", "timeout"])
def test_nothing_is_left_of_a_session(echo: Dialect, kind: str) -> None:
    echo.toxic(kind, "default", stream="upstream", **({"timeout": 1} if kind == "timeout" else {}))

    def session() -> None:
        with echo.api.running.connect() as client:
            client.sendall(b"x")
            how_it_ends(client)

    check_nothing_is_left(echo.api.running, session)
