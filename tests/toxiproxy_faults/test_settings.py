"""Faults of Toxiproxy's settings and numbers that users have reported; above each test, how its row begins."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.control.controlled import controlled
from tests.control.scraped import scrape
from tests.control.toxiproxy.dialect import Dialect
from tests.peers import Backend
from tests.test_toxiproxy_program import refused
from tests.toxiproxy_faults.tools import echoes

SESSIONS = 24


def drawn(api: Dialect, seed: int | None = None) -> list[bool]:
    """For which sessions a toxic with a toxicity of 0.5 was drawn."""
    api.toxic("limit_data", "default", stream="upstream", toxicity=0.5)
    found = []
    for _ in range(SESSIONS):
        with api.api.running.connect() as client:
            client.sendall(b"x")
            found.append(client.recv(1) == b"")
    return found


# "-seed has no effect"


def test_the_same_seed_draws_the_same_sessions(echo_backend: Backend) -> None:
    found = []
    for seed in (1, 1, 2):
        with controlled(echo_backend.address, seed=seed) as api:
            found.append(drawn(Dialect(api)))
    assert found[0] == found[1] != found[2] and len({*found[0]}) == 2


# "A failing PATCH is half applied; PATCH listen to a busy port leaves the proxy disabled"


def test_a_failing_change_changes_nothing(echo: Dialect) -> None:
    before = echo.toxic("latency", "default", latency=1, jitter=1)
    change = {"attributes": {"jitter": 2, "latency": -1}, "toxicity": 0.1}
    assert echo.error("PATCH", "/proxies/default/toxics/latency_downstream", change)[0] == 400
    assert echo.say("GET", "/proxies/default/toxics").json == [before]
    now = echo.say("GET", "/proxies/default").json
    with socket.create_server(("127.0.0.1", 0)) as taken, echo.api.running.connect() as client:
        change = {"listen": "{}:{}".format(*taken.getsockname()), "upstream": "127.0.0.1:9"}
        assert echo.error("PATCH", "/proxies/default", change)[0] == 500
        assert echo.say("GET", "/proxies/default").json == now
        assert echoes(client)


# "Metrics are counted only when a connection ends"


def test_bytes_are_counted_as_they_move(echo: Dialect) -> None:
    proxy = echo.say("GET", "/proxies/default").json
    with echo.api.running.connect() as client:
        assert echoes(client)
        values = scrape(echo.api).values
        for stream in ("upstream", "downstream"):
            labels = {"proxy": "default", "direction": stream, "listener": proxy["listen"]}
            labels["upstream"] = proxy["upstream"]
            for what in ("received", "sent"):
                assert values[f"toxiproxy_proxy_{what}_bytes_total", frozenset(labels.items())] == 5


# "A bind failure of the API, or a broken config file, is logged and the server runs on without"


def test_what_cannot_be_done_ends_the_program(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"localhost:{port}" in refused("-port", str(port))
    (tmp_path / "x.json").write_text('[{"name": "a"}]')
    assert f"{tmp_path}/x.json proxy 1" in refused("-port", "0", "-config", tmp_path / "x.json")


# "Toxics cannot stand in the config or in populate"


def test_toxics_stand_in_the_configuration_and_in_populate(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, sections={"toxic:cut": {"type": "limit_data"}}) as api:
        found = Dialect(api)
        assert [toxic["name"] for toxic in found.say("GET", "/proxies/default/toxics").json] == ["cut"]
        asked = {"name": "one", "upstream": "127.0.0.1:9", "toxics": [{"type": "latency"}]}
        (made,) = found.say("POST", "/populate", [asked]).json["proxies"]
        assert [toxic["name"] for toxic in made["toxics"]] == ["latency_downstream"]


# "An exact JSON leak"


def test_no_inner_field_is_told(echo: Dialect) -> None:
    proxy = echo.say("GET", "/proxies/default").json
    assert set(proxy) == {"name", "listen", "upstream", "enabled", "toxics"}
