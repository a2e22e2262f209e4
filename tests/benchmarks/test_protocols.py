"""The rows of protocols: each Vaurien is what its line says, and is compared to tcp with the same behavior."""

from pathlib import Path

import pytest

from benchmarks.cluster import PROGRAMS, postgresql
from benchmarks.executables import find
from benchmarks.protocols import PROTOCOLS, SPOKEN, VARIANTS, Variant
from benchmarks.tools import pgbench
from benchmarks.variants import Traffic
from tests.peers import Backend
from tests.running import Running
from vaurien import arguments, config


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
@pytest.mark.parametrize("traffic", SPOKEN, ids=lambda traffic: traffic.name)
def test_messages_are_cut_where_the_line_says(traffic: Traffic, variant: Variant, echo_backend: Backend) -> None:
    host, port = echo_backend.address
    argv = ["--local", "127.0.0.1:0", "--distant", f"{host}:{port}", *variant.speaking(traffic)]
    running = Running(config.build({}, arguments.parse(argv).sections))
    try:
        protocol = running.proxy.protocol
        assert (None if protocol is None else protocol.name) == (traffic.name if variant.knows else None)
        assert (protocol is not None and running.proxy.crew.cuts) == (variant.knows and variant.name != "dummy")
    finally:
        running.stop()


def test_each_row_is_compared_to_what_differs_in_one_thing() -> None:
    bases = {row.name: row.base for row in PROTOCOLS.rows if row.name.startswith("protocol_redis")}
    assert bases == {
        "protocol_redis_tcp_dummy": None,
        "protocol_redis_dummy": "protocol_redis_tcp_dummy",
        "protocol_redis_tcp_delay": None,
        "protocol_redis_delay": "protocol_redis_tcp_delay",
        "protocol_redis_match": "protocol_redis_delay",
        "protocol_redis_every": "protocol_redis_delay",
        "protocol_redis_match_every": "protocol_redis_every",
    }


@pytest.mark.skipif(any(find(name) is None for name in PROGRAMS), reason="PostgreSQL is not installed")
def test_pgbench_finds_its_tables(tmp_path: Path) -> None:
    with postgresql(tmp_path) as (process, port):
        assert pgbench(port, 1).amount > 0
        process.check()
