"""pymemcache, through the protocol."""

from collections.abc import Callable
from typing import Any

import pytest
from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheClientError, MemcacheServerError

from tests.real.protocols.through import CALLS, ERRORS, WAYS, before, share
from tests.servers.memcached import Memcached


def client(port: int) -> Client:
    return Client(("127.0.0.1", port), timeout=20, connect_timeout=20, no_delay=True)


def work(port: int) -> list[Any]:
    """What the server has said to commands of many kinds."""
    said: list[Any] = []
    server = client(port)
    try:
        server.flush_all(noreply=False)
        for number in range(CALLS // 4):
            key = f"key:{number % 20}"
            said += [server.set(key, b"\r\nEND\r\n" * number, noreply=False), server.get(key)]
            server.set("silent", str(number), noreply=True)
            said += [server.get("silent"), server.incr("silent", 3)]
        said += [server.get_many([f"key:{number}" for number in range(40)]), server.get("missing", "none")]
        said.append(server.set_many({f"many:{number}": "x" * number for number in range(100)}, noreply=False))
        said += [server.set("large", b"x" * 900_000, noreply=False), server.get("large")]
        value, token = server.gets("key:1")
        said += [value, server.cas("key:1", b"new", token), server.cas("key:1", b"newer", token)]
        said += [server.add("key:1", b"", noreply=False), server.append("key:1", b"er", noreply=False)]
        said += [server.get("key:1"), server.replace("missing", b"x", noreply=False), server.touch("key:1", 100)]
        said += [server.delete("key:1", noreply=False), server.delete("key:1", noreply=False), server.version()]
        said += [server.decr("missing", 1, noreply=False), b"pid" in server.stats()]
        said += [server.raw_command(b"ms meta 5\r\nhello"), server.raw_command(b"mg meta t f v", b"hello\r\n")]
        said += [server.raw_command(b"mn"), server.raw_command(b"md meta q\r\nmn"), server.raw_command(b"mg meta v")]
        with pytest.raises(MemcacheClientError) as raised:
            server.incr("large", 1)
        said.append(raised.value.args)
    finally:
        server.close()
    return said


@pytest.mark.parametrize("way", WAYS)
def test_commands_answer_as_directly(memcached_server: Memcached, directly: Callable[..., Any], way: str) -> None:
    direct = directly(work, memcached_server.port)
    with before(memcached_server.distant, "memcached", *WAYS[way]) as vaurien:
        assert work(vaurien.port) == direct


@pytest.mark.parametrize("error", ["out_of_memory", "backend_failure", "too_large", "timeout"])
def test_errors_are_those_of_the_driver(memcached_server: Memcached, error: str) -> None:
    failed = 0
    with before(memcached_server.distant, "memcached", *ERRORS, "--handlers.error.errors", error) as vaurien:
        server = client(vaurien.port)
        try:
            for number in range(CALLS):
                try:
                    assert server.set("key", str(number), noreply=False) is True
                except MemcacheServerError:
                    failed += 1
        finally:
            server.close()
    share(failed, CALLS)
    assert vaurien.log.count(" ended: ") >= 1
