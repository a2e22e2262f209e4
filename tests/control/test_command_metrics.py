"""Metrics by protocol and by command."""

from __future__ import annotations

from typing import Any

from tests.control.controlled import Controlled, controlled
from tests.control.scraped import scrape
from tests.peers import Backend
from tests.protocols.lines import LINES
from vaurien.client import Client
from vaurien.counters import MOST_COMMANDS, Counters


def asked(api: Controlled, data: bytes) -> None:
    """What an echo says to `data`."""
    with api.running.connect() as client:
        client.sendall(data)
        got = b""
        while len(got) < len(data):
            got += client.recv(65536)
        assert got == data


def count(found: Any, command: str, direction: str) -> Any:
    return found("commands_total", proxy="default", command=command, direction=direction)


def test_calls_are_counted_by_command_where_it_is_wanted(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, protocol=LINES, command_metrics="yes") as api:
        asked(api, b"GET 1\nSET 2\nGET 3\n")
        found = scrape(api)
        assert [count(found, name, way) for name in ("GET", "SET") for way in ("to_backend", "to_client")] == [
            2,
            2,
            1,
            1,
        ]
        assert found("proxy_protocol", proxy="default", protocol="lines") == 1
        counters = Client(api.url).counters()
        assert (counters.commands["GET"].to_backend, counters.commands["SET"].to_client) == (2, 1)


def test_it_is_off_and_can_be_switched_live(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, protocol=LINES) as api:
        client = Client(api.url)
        asked(api, b"GET 1\n")
        assert client.counters().commands == {}
        assert client.proxy().command_metrics is False
        assert client.change_proxy(command_metrics=True).command_metrics is True
        asked(api, b"GET 1\n")
        assert client.counters().commands["GET"].to_client == 1
        client.change_proxy(command_metrics=False)
        asked(api, b"GET 1\n")
        assert client.counters().commands["GET"].to_client == 1


def test_there_are_at_most_so_many_commands() -> None:
    counters = Counters()
    for number in range(MOST_COMMANDS + 50):
        counters.command(f"C{number}", True)
    counters.command("", False)
    counters.command("C1", True)
    assert len(counters.commands) == MOST_COMMANDS + 1
    assert counters.commands["other"] == [1, 50]
    assert counters.commands["C1"] == [0, 2]


def test_the_client_knows_the_protocols(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, protocol=LINES) as api:
        client = Client(api.url)
        found = {protocol.name: protocol for protocol in client.protocols()}
        assert {"tcp", "http", "redis", "lines"} <= set(found)
        assert found["lines"].errors == ("BUSY",)
        assert client.proxy().protocol == "lines"
        made = client.create_proxy("b", distant=client.proxy().distant, protocol="redis")
        assert made.protocol == "redis"
        assert client.change_proxy("b", protocol="tcp").protocol == "tcp"
