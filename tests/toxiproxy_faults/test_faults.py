"""The faults that users of Toxiproxy have reported, each with its row's test; the first has `test_api_answers.py`."""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.control.controlled import controlled
from tests.control.scraped import scrape
from tests.control.toxiproxy.dialect import Dialect
from tests.path.leaks import check_nothing_is_left
from tests.path.tools import fate_of_a_client, how_it_ends, wait_no_sessions
from tests.peers import Backend, backend, receive_all, receive_exactly
from tests.test_toxiproxy_program import refused
from vaurien.link import BOUND
from vaurien.relay import CHUNK

SESSIONS = 24


def echoes(client: socket.socket, data: bytes = b"hello") -> bool:
    client.sendall(data)
    return receive_exactly(client, len(data)) == data


def crowd(api: Dialect) -> list[socket.socket]:
    """Sessions, the first byte of each echoed; the caller closes them."""
    found = [api.api.running.connect() for _ in range(SESSIONS)]
    assert all(echoes(client, b"0") for client in found)
    return found


def drawn(api: Dialect, seed: int | None = None) -> list[bool]:
    """For which sessions a toxic with a toxicity of 0.5 was drawn."""
    api.toxic("limit_data", "default", stream="upstream", toxicity=0.5)
    found = []
    for _ in range(SESSIONS):
        with api.api.running.connect() as client:
            client.sendall(b"x")
            found.append(client.recv(1) == b"")
    return found


# "The whole server dies on values its API accepted"


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("slicer", {"average_size": 10, "size_variation": 11}),
        ("slicer", {"average_size": 0, "size_variation": 1}),
        ("slicer", {"average_size": -1}),
        ("bandwidth", {"rate": -1}),
        ("latency", {"jitter": 1 << 62}),
        ("latency", {"latency": -1}),
        ("limit_data", {"bytes": -1}),
    ],
)
def test_values_that_could_do_harm_are_refused(echo: Dialect, kind: str, attributes: Any) -> None:
    status, message = echo.error("POST", "/proxies/default/toxics", {"type": kind, "attributes": attributes})
    assert status == 400 and message.startswith("attributes") and "expected " in message
    with echo.api.running.connect() as client:
        assert echoes(client)


def test_a_slicer_with_its_defaults_passes_everything_on(echo: Dialect) -> None:
    echo.toxic("slicer", "default")
    with echo.api.running.connect() as client:
        assert echoes(client, b"x" * 10_000)


# "-seed has no effect"


def test_the_same_seed_draws_the_same_sessions(echo_backend: Backend) -> None:
    found = []
    for seed in (1, 1, 2):
        with controlled(echo_backend.address, seed=seed) as api:
            found.append(drawn(Dialect(api)))
    assert found[0] == found[1] != found[2] and len({*found[0]}) == 2


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


# "reset_peer sends FIN, not RST, on connections that were open …"


def test_reset_peer_resets_the_sessions_that_are_open_already(echo: Dialect) -> None:
    with echo.api.running.connect() as client:
        assert echoes(client)
        echo.toxic("reset_peer", "default", stream="upstream")
        client.sendall(b"x")
        assert how_it_ends(client) == "reset"


def test_reset_peer_without_toxicity_resets_nobody(echo: Dialect) -> None:
    echo.toxic("reset_peer", "default", toxicity=0)
    for _ in range(5):
        with echo.api.running.connect() as client:
            assert echoes(client)
            client.shutdown(socket.SHUT_WR)
            assert how_it_ends(client) == "end"


def test_reset_peer_is_removed_at_once(echo: Dialect) -> None:
    echo.toxic("reset_peer", "default", stream="upstream", timeout=900_000)
    with echo.api.running.connect() as client:
        client.sendall(b"x")
        echo.api.running.wait_until(lambda: any(s.received(True) for s in echo.api.running.proxy.sessions.values()))
        assert echo.say("DELETE", "/proxies/default/toxics/reset_peer_upstream").status == 204
        assert receive_exactly(client, 1) == b"x"


# "toxicity is drawn again for every open connection when any toxic of the chain changes"


def test_who_is_spared_stays_spared_whatever_else_changes(echo: Dialect) -> None:
    toxics = "/proxies/default/toxics"
    clients = crowd(echo)
    try:
        echo.toxic("bandwidth", "default", stream="upstream", toxicity=0.5)
        for client in clients:
            client.sendall(b"1")
        spared = answered(echo, clients, SESSIONS * 2)
        assert 0 < len(spared) < SESSIONS
        echo.toxic("noop", "default", stream="upstream")
        echo.say("PATCH", f"{toxics}/noop_upstream", {"toxicity": 0.5})
        echo.say("PATCH", f"{toxics}/bandwidth_upstream", {"attributes": {"rate": 0, "shared": True}})
        echo.say("DELETE", f"{toxics}/noop_upstream")
        for client in clients:
            client.sendall(b"2")
        assert answered(echo, clients, SESSIONS * 3) == spared
        echo.say("DELETE", f"{toxics}/bandwidth_upstream")
        for place, client in enumerate(clients):
            if place not in spared:
                assert receive_exactly(client, 2) == b"12"  # stalled, and not lost
    finally:
        for client in clients:
            client.close()


def answered(api: Dialect, clients: list[socket.socket], sent: int) -> set[int]:
    """Whose last byte is echoed, when all that was sent has come to the proxy and nothing is under way."""
    running = api.api.running

    def settled() -> bool:
        totals = running.proxy.totals_now()
        return totals["received_to_backend"] == sent and totals["bytes_to_backend"] == totals["bytes_to_client"]

    running.wait_until(settled, "echoes")
    found = set()
    for place, client in enumerate(clients):
        if select.select([client], [], [], 0)[0]:
            assert len(client.recv(10)) == 1
            found.add(place)
    return found


# "Removing a timeout toxic closes connections it had spared"


def test_removing_a_timeout_closes_only_those_that_it_held(echo: Dialect) -> None:
    echo.toxic("timeout", "default", stream="upstream", toxicity=0.5)
    clients = [echo.api.running.connect() for _ in range(SESSIONS)]
    try:
        for client in clients:
            client.sendall(b"x")
        running = echo.api.running
        running.wait_until(lambda: running.proxy.totals_now()["received_to_backend"] == SESSIONS)
        assert echo.say("DELETE", "/proxies/default/toxics/timeout_upstream").status == 204
        said = [client.recv(1) for client in clients]  # the spared have their echo, the others the end
        assert {*said} == {b"x", b""}
        assert all(echoes(client) for client, first in zip(clients, said, strict=True) if first)
    finally:
        for client in clients:
            client.close()


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


# "bandwidth is per connection only"


@pytest.mark.parametrize("shared", [False, True])
def test_bandwidth_can_be_one_for_all_sessions(echo: Dialect, shared: bool) -> None:
    echo.toxic("bandwidth", "default", stream="upstream", rate=100, shared=shared)
    clients = [echo.api.running.connect() for _ in range(4)]
    try:
        start = time.monotonic()
        for client in clients:
            client.sendall(b"x" * 10_000)
        for client in clients:
            receive_exactly(client, 10_000)
        assert time.monotonic() - start >= (0.39 if shared else 0.09)
    finally:
        for client in clients:
            client.close()


# "Packet loss"


def test_packets_can_be_lost(echo: Dialect) -> None:
    echo.toxic("packet_loss", "default", stream="upstream", loss_rate=1, correlation=0)
    with echo.api.running.connect() as client:
        client.sendall(b"lost")
        running = echo.api.running
        running.wait_until(lambda: running.proxy.totals_now()["received_to_backend"] == 4)
        echo.say("DELETE", "/proxies/default/toxics/packet_loss_upstream")
        assert echoes(client, b"found")


# "An exact JSON leak"


def test_no_inner_field_is_told(echo: Dialect) -> None:
    proxy = echo.say("GET", "/proxies/default").json
    assert set(proxy) == {"name", "listen", "upstream", "enabled", "toxics"}
