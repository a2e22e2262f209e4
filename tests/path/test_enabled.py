"""Proxies that are disabled do not listen, and come back where they were."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from tests import peers
from tests.path.tools import how_it_ends, wait_no_sessions
from tests.running import Running, running
from vaurien.errors import ConfigError


def enable(daemon: Running, enabled: bool) -> None:
    settings = daemon.daemon.settings
    ((name, proxy),) = settings.proxies.items()
    daemon.do(lambda: daemon.daemon.apply(replace(settings, proxies={name: replace(proxy, enabled=enabled)})))


def listens(address: tuple[str, int]) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(address) == 0


def test_one_that_is_disabled_in_the_configuration_waits_to_be_enabled() -> None:
    with peers.backend(peers.echo) as backend, running(backend.address, enabled="no") as daemon:
        assert daemon.proxy.door is None and daemon.proxy.address is None
        assert str(daemon.proxy.local) == "127.0.0.1:0"
        enable(daemon, True)
        with daemon.connect() as client:
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"


def test_disabling_cuts_and_frees_the_port_and_enabling_listens_there_again() -> None:
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon:
        address = daemon.address
        for round in range(3):
            with daemon.connect() as client:
                client.sendall(b"hello")
                assert client.recv(5) == b"hello"
                enable(daemon, False)
                assert how_it_ends(client) in ("end", "reset")
            wait_no_sessions(daemon)
            assert not listens(address)
            enable(daemon, False)
            enable(daemon, True)
            assert daemon.address == address
            assert daemon.proxy.counters.opened == round + 1


def test_sessions_that_are_cut_say_why(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "vaurien.proxy")
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"
        enable(daemon, False)
        wait_no_sessions(daemon)
    assert any("ended: disabled" in record.getMessage() for record in caplog.records)


def test_a_port_that_was_taken_meanwhile_changes_nothing() -> None:
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon:
        enable(daemon, False)
        with socket.socket() as taken:
            taken.bind(daemon.address)
            taken.listen()
            with pytest.raises(ConfigError, match="address already in use"):
                enable(daemon, True)
            assert not daemon.daemon.settings.proxies["default"].enabled
        enable(daemon, True)
        with daemon.connect() as client:
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"
