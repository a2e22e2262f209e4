"""Proxies that are told to listen elsewhere: another door, and all else stays."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import peers
from tests.path.tools import how_it_ends, wait_no_sessions
from tests.peers import receive_exactly
from tests.running import DEADLINE, Running, running
from vaurien.address import Address
from vaurien.errors import ConfigError


def move(daemon: Running, local: str, **more: Any) -> None:
    """Applies settings with another `local`, and perhaps more that is another."""
    settings = daemon.daemon.settings
    ((name, proxy),) = settings.proxies.items()
    proxies = {name: replace(proxy, local=Address.parse(local), **more)}
    daemon.do(lambda: daemon.daemon.apply(replace(settings, proxies=proxies)))


def answers(client: socket.socket) -> bool:
    client.sendall(b"hello")
    return receive_exactly(client, 5) == b"hello"


def test_sessions_and_counters_go_on() -> None:
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon, daemon.connect() as old:
        assert answers(old)
        proxy, first = daemon.proxy, daemon.address
        move(daemon, "localhost:0")
        assert daemon.proxy is proxy and daemon.address != first
        with daemon.connect() as new:
            assert answers(new) and answers(old)
            assert sorted(proxy.sessions) == [1, 2]
            assert proxy.counters.opened == 2
        with pytest.raises(ConnectionRefusedError), socket.create_connection(first, DEADLINE):
            pass
        daemon.wait_until(lambda: list(proxy.sessions) == [1])
        daemon.do(lambda: proxy.cut("test"))
        assert how_it_ends(old) in ("end", "reset")
        wait_no_sessions(daemon)


def test_it_comes_back_to_the_port_that_it_had() -> None:
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon:
        first = daemon.address
        move(daemon, "localhost:0")
        second = daemon.address
        for _ in range(3):
            move(daemon, "127.0.0.1:0")
            assert daemon.address == first
            move(daemon, "localhost:0")
            assert daemon.address == second


def test_a_port_that_is_taken_meanwhile_becomes_another(caplog: pytest.LogCaptureFixture) -> None:
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon:
        first = daemon.address
        move(daemon, "localhost:0")
        with socket.create_server(first):
            move(daemon, "127.0.0.1:0")
            assert daemon.address != first
            with daemon.connect() as client:
                assert answers(client)
        (record,) = [record for record in caplog.records if record.levelname == "WARNING"]
        assert f"127.0.0.1:{first[1]}: address already in use" in record.getMessage()
        assert f"listens on 127.0.0.1:{daemon.address[1]} instead" in record.getMessage()


def test_one_that_is_disabled_moves_when_it_is_enabled() -> None:
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon:
        move(daemon, "127.0.0.1:0", enabled=False)
        move(daemon, "localhost:0")
        assert daemon.proxy.door is None
        assert str(daemon.proxy.local) == "localhost:0"
        move(daemon, "localhost:0", enabled=True)
        with daemon.connect() as client:
            assert answers(client)


def test_a_move_that_fails_leaves_it_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with (
        peers.backend(peers.echo) as backend,
        running(backend.address, local=f"unix:{path}") as daemon,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        with pytest.raises(ConfigError, match="address already in use"):
            move(daemon, f"127.0.0.1:{taken.getsockname()[1]}", timeout=3.0)
        assert daemon.proxy.settings.timeout == 10
        with daemon.connect() as client:
            assert answers(client)
        move(daemon, f"unix:{tmp_path}/b")
        assert [path.name for path in tmp_path.iterdir()] == ["b"]
        with daemon.connect() as client:
            assert answers(client)
    assert list(tmp_path.iterdir()) == []


def test_the_address_of_one_that_is_disabled_can_be_had_by_another_at_once(tmp_path: Path) -> None:
    with peers.backend(peers.echo) as backend, running(backend.address, local=f"unix:{tmp_path}/a") as daemon:
        settings = daemon.daemon.settings
        old = settings.proxies["default"]
        proxies = {"default": replace(old, enabled=False), "new": replace(old, name="new")}
        daemon.do(lambda: daemon.daemon.apply(replace(settings, proxies=proxies)))
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DEADLINE)
            client.connect(f"{tmp_path}/a")
            assert answers(client)
        assert daemon.daemon.proxies["new"].counters.opened == 1


def test_only_so_many_ports_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaurien.bound.MOST", 3)
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon:
        for number in range(1, 6):
            move(daemon, f"127.0.0.{number}:0")
        assert [Address.parse(f"127.0.0.{number}:0") in daemon.proxy.bound for number in range(1, 6)] == [
            False, False, True, True, True,
        ]  # fmt: skip
