"""Counts arrive at a statsd server as they grow, whatever becomes of that server."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gevent.hub import Hub

from tests.control.statsd_server import server
from tests.path.tools import wait_no_sessions
from tests.peers import Backend, receive_exactly
from tests.program import program
from tests.running import DEADLINE, Running, running
from vaurien.control.statsd import Statsd
from vaurien.settings import StatsdSettings


@contextmanager
def sending(daemon: Running, settings: StatsdSettings, interval: float = 0.01) -> Iterator[Statsd]:
    statsd = daemon.do(lambda: Statsd(daemon.daemon, settings, interval))
    daemon.do(statsd.start)
    try:
        yield statsd
    finally:
        daemon.do(statsd.stop)


def talk(daemon: Running, request: bytes, times: int = 1) -> None:
    """One client, which reads the echo of each request, and leaves."""
    with daemon.connect() as client:
        for _ in range(times):
            client.sendall(request)
            assert receive_exactly(client, len(request)) == request
    wait_no_sessions(daemon)


def test_everything_is_sent_once(echo_backend: Backend) -> None:
    options = {"delay.sleep": 0.01}
    with server() as sink, running(echo_backend.address, "100:delay", options) as daemon:
        with sending(daemon, sink.settings()):
            for round in (1, 2):
                talk(daemon, b"x" * 100)
                sink.wait_count("vaurien.default.sessions_ended.client_closed", round)
        sink.receive_rest()
        asked = daemon.do(lambda: daemon.proxy.counters.delays_measured.sum)
    connecting = sink.counts.pop("vaurien.default.connect_milliseconds", 0)
    assert 0 <= connecting < 1000
    measured = sink.counts.pop("vaurien.default.delay_measured_milliseconds")
    assert measured == int(asked * 1000) >= 20
    assert dict(sink.counts) == {
        f"vaurien.default.{name}": count
        for name, count in {
            "sessions_opened": 2,
            "sessions_ended.client_closed": 2,
            "calls.delay.to_backend": 2,
            "calls.dummy.to_client": 2,
            "bytes.to_backend": 200,
            "bytes.to_client": 200,
            "connect_count": 2,
            "delay_asked_count": 2,
            "delay_asked_milliseconds": 20,
            "delay_measured_count": 2,
        }.items()
    }
    names = {"sessions_open": 0, "proxy_enabled": 1, "proxy_protocol.tcp": 1}
    assert sink.gauges == {f"vaurien.default.{name}": value for name, value in names.items()}


def test_gauges_are_what_holds_now(echo_backend: Backend) -> None:
    with server() as sink, running(echo_backend.address) as daemon, sending(daemon, sink.settings()):
        with daemon.connect():
            while sink.gauges.get("vaurien.default.sessions_open") != 1:
                sink.receive()
        while sink.gauges["vaurien.default.sessions_open"] != 0:
            sink.receive()


def test_a_stop_sends_what_is_left(echo_backend: Backend) -> None:
    with server() as sink, running(echo_backend.address) as daemon:
        with sending(daemon, sink.settings(), interval=3600):
            sink.receive()  # the first time
            talk(daemon, b"hello")
        sink.wait_count("vaurien.default.sessions_ended.client_closed", 1)


def test_packets_are_small(echo_backend: Backend) -> None:
    with server() as sink, running(echo_backend.address) as daemon:
        with sending(daemon, sink.settings("a" * 100)):
            talk(daemon, b"hello")
        sink.wait_count(f"{'a' * 100}.default.bytes.to_client", 5)
    assert max(map(len, sink.packets)) <= 512


def test_names_are_made_fit(echo_backend: Backend) -> None:
    with server() as sink, running(echo_backend.address) as daemon:
        daemon.do(lambda: daemon.daemon.proxies.update({"a.b:c|é d": daemon.daemon.proxies.pop("default")}))
        with sending(daemon, sink.settings("chaos.team 1")):
            talk(daemon, b"hello")
        sink.wait_count("chaos.team_1.a_b_c_d.bytes.to_client", 5)


@pytest.mark.parametrize("prefix", ["", "x"])
def test_the_prefix_may_be_empty(echo_backend: Backend, prefix: str) -> None:
    with server() as sink, running(echo_backend.address) as daemon:
        with sending(daemon, sink.settings(prefix)):
            talk(daemon, b"hello")
        sink.wait_count("x.default.bytes.to_client" if prefix else "default.bytes.to_client", 5)


def test_over_ipv6(echo_backend: Backend) -> None:
    with server(socket.AF_INET6) as sink, running(echo_backend.address) as daemon:
        with sending(daemon, sink.settings()):
            talk(daemon, b"hello")
        sink.wait_count("vaurien.default.bytes.to_client", 5)


def test_a_proxy_that_is_made_anew_begins_anew(echo_backend: Backend) -> None:
    with server() as sink, running(echo_backend.address) as daemon, sending(daemon, sink.settings()):
        talk(daemon, b"hello", 3)
        sink.wait_count("vaurien.default.bytes.to_backend", 15)
        settings = daemon.daemon.settings
        elsewhere = type(settings)(proxies={}, shutdown_timeout=0.0)
        daemon.do(lambda: daemon.daemon.apply(elsewhere))
        daemon.do(lambda: daemon.daemon.apply(settings))
        talk(daemon, b"hello")
        sink.wait_count("vaurien.default.bytes.to_backend", 20)


def test_a_server_that_is_not_there_is_no_trouble(echo_backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    with server() as sink:
        settings = sink.settings()
    with running(echo_backend.address) as daemon, sending(daemon, settings):
        for _ in range(5):
            talk(daemon, b"hello")
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_name_that_is_not_known_is_said_once_and_nothing_is_lost(
    echo_backend: Backend, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, asked = [False], [0]

    class Resolver:
        def getaddrinfo(self, host: str, port: int, *rest: int) -> list[object]:
            asked[0] += 1
            if host == "statsd.test" and not known[0]:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [*socket.getaddrinfo("::1", port, *rest), *socket.getaddrinfo("127.0.0.1", port, *rest)]

    monkeypatch.setattr(Hub, "resolver", property(lambda hub: Resolver()))
    with server() as sink, running(echo_backend.address) as daemon:
        settings = StatsdSettings("statsd.test", sink.settings().port)
        with sending(daemon, settings):
            talk(daemon, b"hello")
            daemon.wait_until(lambda: asked[0] > 3)
            known[0] = True
            sink.wait_count("vaurien.default.bytes.to_client", 5)
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [
        "statsd at statsd.test: Name or service not known: tried again"
    ]


def test_a_network_that_takes_nothing_does_not_hold_the_loop(
    echo_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocking: list[bool] = []
    sendto = socket.socket.sendto

    def full(sock: socket.socket, *args: object) -> int:
        blocking.append(sock.getblocking())
        raise BlockingIOError

    with server() as sink, running(echo_backend.address) as daemon:
        monkeypatch.setattr(socket.socket, "sendto", full)
        with sending(daemon, sink.settings()):
            talk(daemon, b"hello")
            daemon.wait_until(lambda: len(blocking) > 3)
        monkeypatch.setattr(socket.socket, "sendto", sendto)
    assert set(blocking) == {False}


def test_in_the_program(echo_backend: Backend, tmp_path: Path) -> None:
    host, port = echo_backend.address
    with server() as sink:
        file = tmp_path / "vaurien.ini"
        file.write_text(
            f"[vaurien]\nlocal = 127.0.0.1:0\ndistant = {host}:{port}\n"
            f"[statsd]\nhost = 127.0.0.1\nport = {sink.settings().port}\nprefix = chaos\n"
        )
        with program("--config", file) as vaurien:
            sink.receive()  # it is at work
            with socket.create_connection(("127.0.0.1", vaurien.port), DEADLINE) as client:
                client.sendall(b"hello")
                assert receive_exactly(client, 5) == b"hello"
            vaurien.stop()
            sink.wait_count("chaos.default.sessions_ended.client_closed", 1)
        assert sink.counts["chaos.default.bytes.to_backend"] == 5
