"""``toxiproxy-python`` from PyPI, used as its README shows."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from toxiproxy import Toxiproxy
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from tests.peers import Backend, receive_exactly
from tests.running import DEADLINE

ATTRIBUTES = {
    "latency": {"latency": 1, "jitter": 0},
    "bandwidth": {"rate": 1000},
    "slow_close": {"delay": 1},
    "timeout": {"timeout": 1},
    "reset_peer": {"timeout": 1},
    "slicer": {"average_size": 10, "size_variation": 5, "delay": 1},
    "limit_data": {"bytes": 10},
}


@pytest.fixture
def client(server: str) -> Iterator[Any]:
    made = Toxiproxy()
    host, _, port = server.rpartition(":")
    made.update_api_consumer(host, int(port))
    yield made
    made.destroy_all()


def answers(proxy: Any) -> bool:
    host, _, port = proxy.listen.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), DEADLINE) as sock:
            sock.sendall(b"hello")
            return receive_exactly(sock, 5) == b"hello"
    except ConnectionRefusedError:
        return False


@pytest.fixture
def proxy(client: Any, echo_backend: Backend) -> Any:
    return client.create(upstream="{}:{}".format(*echo_backend.address), name="echo")


def test_the_server(client: Any) -> None:
    assert client.running() and json.loads(client.version()) == {"version": "2.12.0"}
    assert client.proxies() == {}


def test_a_proxy_is_made_found_and_destroyed(client: Any, proxy: Any) -> None:
    assert answers(proxy)
    assert set(client.proxies()) == {"echo"}
    assert client.get_proxy("echo").listen == proxy.listen
    assert client.get_proxy("nobody") is None
    assert client.destroy(proxy)
    assert client.proxies() == {} and not answers(proxy)


def test_it_goes_down_and_comes_back(client: Any, proxy: Any) -> None:
    with proxy.down():
        assert not answers(proxy) and not client.get_proxy("echo").enabled
    assert answers(proxy) and client.get_proxy("echo").enabled
    proxy.disable()
    assert not answers(proxy)
    proxy.enable()
    assert answers(proxy)


@pytest.mark.parametrize("kind", sorted(ATTRIBUTES))
@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_every_type_of_toxic(proxy: Any, kind: str, stream: str) -> None:
    proxy.add_toxic(type=kind, stream=stream, toxicity=0.5, attributes=ATTRIBUTES[kind])
    found = proxy.get_toxic(f"{kind}_{stream}")
    assert (found.type, found.stream, found.toxicity) == (kind, stream, 0.5)
    assert found.attributes.items() >= ATTRIBUTES[kind].items()
    assert proxy.destroy_toxic(f"{kind}_{stream}")
    assert proxy.toxics() == {}


def test_reset(client: Any, proxy: Any) -> None:
    proxy.add_toxic(type="limit_data", attributes={"bytes": 1})
    proxy.disable()
    assert client.reset()
    assert proxy.toxics() == {} and answers(proxy)


def test_populate(client: Any, echo_backend: Backend) -> None:
    upstream = "{}:{}".format(*echo_backend.address)
    wanted = [{"name": name, "upstream": upstream, "listen": "127.0.0.1:0"} for name in ("one", "two")]
    made = client.populate(wanted)
    assert [proxy.name for proxy in made] == ["one", "two"] and all(map(answers, made))
    same = [{"name": "one", "upstream": upstream, "listen": made[0].listen}]
    assert client.populate(same) == []


def test_errors(client: Any, proxy: Any) -> None:
    with pytest.raises(ProxyExists):
        client.create(upstream=proxy.upstream, name="echo")
    with pytest.raises(InvalidToxic, match="invalid toxic type"):
        proxy.add_toxic(type="nonsense")
    with pytest.raises(InvalidToxic, match="stream was invalid"):
        proxy.add_toxic(type="noop", stream="sideways")
    with pytest.raises(NotFound, match="toxic not found"):
        proxy.destroy_toxic("nonsense")
    proxy.add_toxic(type="noop")
    with pytest.raises(ProxyExists, match="toxic already exists"):
        proxy.add_toxic(type="noop")
