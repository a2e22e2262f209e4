"""``GET /metrics``: every family, the right counts at the right time, in both formats."""

from __future__ import annotations

import os
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable

import gevent
import pytest
from prometheus_client import ProcessCollector

from tests import peers
from tests.control.controlled import Controlled, controlled
from tests.control.scraped import OPENMETRICS, Scrape, scrape
from tests.path.tools import fate_of_a_client, wait_no_sessions
from tests.peers import Backend, receive_exactly
from tests.running import DEADLINE
from vaurien.call import Call
from vaurien.control.families import FAMILIES, OF_TOXIPROXY
from vaurien.version import __version__

COUNTED = os.path.exists("/proc/self/fd") and os.stat("/proc/self/fd").st_size > 0
"""Whether the system says how many descriptors are open."""


def ask(client: socket.socket, request: bytes) -> None:
    """Sends, and reads the echo."""
    client.sendall(request)
    assert receive_exactly(client, len(request)) == request


def direction(name: str) -> dict[str, str]:
    return {"proxy": "default", "direction": name}


def calls(handler: str, way: str) -> dict[str, str]:
    return {"handler": handler, **direction(way)}


@pytest.mark.parametrize("toxiproxy", [False, True])
@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_there_is_every_family_and_no_other(echo_backend: Backend, accept: str, toxiproxy: bool) -> None:
    with controlled(echo_backend.address, also_http={"toxiproxy_metrics": toxiproxy}) as api:
        found = scrape(api, accept).families
    families = [family for family in FAMILIES if toxiproxy or family not in OF_TOXIPROXY]
    declared = {family.name.removesuffix("_total").removesuffix("_info"): family for family in families}
    # in the text format an info is a gauge, and keeps its ending; the parser takes that of a counter off
    assert {name.removesuffix("_info") for name in found} == set(declared)
    for name, metric in found.items():
        family = declared[name.removesuffix("_info")]
        assert metric.documentation == family.description
        assert metric.type == family.kind or (family.kind == "info" and metric.type == "gauge" and not accept)


@pytest.mark.parametrize(
    ("accept", "content_type", "end"),
    [
        ("", "text/plain; version=", ""),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text/plain; version=", ""),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.3", "application/openmetrics-text; ", "# EOF\n"),
    ],
)
def test_the_format_is_the_one_that_is_accepted(api: Controlled, accept: str, content_type: str, end: str) -> None:
    answer = api.ask("GET", "/metrics", headers={"Accept": accept} if accept else {})
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.body.decode().endswith(end or "\n")
    assert b"# EOF" in answer.body if end else b"# EOF" not in answer.body


def test_bytes_and_calls_are_counted_while_they_move_and_kept_when_the_session_ends() -> None:
    def thrice(sock: socket.socket) -> None:
        while data := sock.recv(65536):
            sock.sendall(data * 3)

    with peers.backend(thrice) as backend, controlled(backend.address) as api:
        with api.running.connect() as client:
            client.sendall(b"x" * 1000)
            assert receive_exactly(client, 3000) == b"x" * 3000
            moving = scrape(api)
            client.close()
            wait_no_sessions(api.running)
        over = scrape(api)
    for found in (moving, over):
        assert found("bytes_total", **direction("to_backend")) == 1000
        assert found("bytes_total", **direction("to_client")) == 3000
        for way in ("to_backend", "to_client"):
            relayed = found("calls_total", **calls("dummy", way))
            assert relayed is not None and relayed >= 1
        assert found("sessions_opened_total", proxy="default") == 1
        assert found("connect_seconds_count", proxy="default") == 1
    assert [found("sessions_open", proxy="default") for found in (moving, over)] == [1, 0]
    ended = [found("sessions_ended_total", proxy="default", cause="client closed") for found in (moving, over)]
    assert ended == [None, 1]


def test_handlers_have_their_calls_and_delay_its_times(echo_backend: Backend) -> None:
    options = {"delay.sleep": 0.03}
    with controlled(echo_backend.address, "100:delay", options) as api, api.running.connect() as client:
        ask(client, b"late")
        found = scrape(api)
    assert found("calls_total", **calls("delay", "to_backend")) == 1
    assert found("calls_total", **calls("delay", "to_client")) == 0
    assert found("calls_total", **calls("dummy", "to_backend")) == 0
    assert found("calls_total", **calls("dummy", "to_client")) == 1
    assert found("delay_asked_seconds_sum", proxy="default") == pytest.approx(0.03)
    measured = found("delay_measured_seconds_sum", proxy="default")
    assert measured is not None and 0.03 <= measured < 1
    buckets = [found("delay_asked_seconds_bucket", proxy="default", le=le) for le in ("0.025", "0.05", "10.0", "+Inf")]
    assert buckets == [0, 1, 1, 1]
    assert found("delay_asked_seconds_count", proxy="default") == 1


def test_a_counter_never_goes_back_while_a_call_waits_for_its_handler(echo_backend: Backend) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def on_route(call: Call) -> None:
        if call.to_backend and call.ordinal == 1:
            asked.set()
            with gevent.Timeout(DEADLINE):
                while not go_on.is_set():
                    gevent.sleep(0.001)

    with controlled(echo_backend.address, "100:delay", {"delay.sleep": 0}) as api, api.running.connect() as client:
        api.running.do(lambda: api.running.proxy.hooks.on("on_route", on_route))
        client.sendall(b"first")
        assert asked.wait(DEADLINE)
        during = scrape(api)("calls_total", **calls("dummy", "to_backend"))
        go_on.set()
        assert receive_exactly(client, 5) == b"first"
        after = scrape(api)("calls_total", **calls("dummy", "to_backend"))
        assert scrape(api)("calls_total", **calls("delay", "to_backend")) == 1
    assert during is not None and after is not None
    assert after >= during


def test_errors_are_counted(echo_backend: Backend, errors: Callable[..., object]) -> None:
    with controlled(echo_backend.address, "100:tests.handlers.own.Raising") as api:
        with api.running.connect() as client:
            client.sendall(b"x")
            assert client.recv(10) == b""
        wait_no_sessions(api.running)
        found = scrape(api)
    errors()
    assert found("errors_total", proxy="default") == 1
    assert found("sessions_ended_total", proxy="default", cause="error in handler raising") == 1


def test_a_backend_that_is_not_there_is_counted() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with controlled(nobody.getsockname()) as api:
            assert fate_of_a_client(api.running) == "reset"
            wait_no_sessions(api.running)
            found = scrape(api)
    assert found("connect_failures_total", proxy="default") == 1
    assert found("connect_seconds_count", proxy="default") == 0
    assert found("sessions_ended_total", proxy="default", cause="backend failed") == 1


def test_a_proxy_can_be_disabled_and_can_go(api: Controlled) -> None:
    with api.running.connect() as client:
        ask(client, b"hello")
    assert scrape(api)("proxy_enabled", proxy="default") == 1
    assert api.call("PATCH", "/v1/proxies/default", {"enabled": False})[0] == 200
    disabled = scrape(api)
    assert disabled("proxy_enabled", proxy="default") == 0
    assert disabled("sessions_opened_total", proxy="default") == 1
    body = {"name": "default", "local": "127.0.0.1:0", "distant": "127.0.0.1:9"}
    assert api.call("DELETE", "/v1/proxies/default")[0] == 204
    assert scrape(api).of("default") == []
    assert api.call("POST", "/v1/proxies", body)[0] == 201
    assert scrape(api)("sessions_opened_total", proxy="default") == 0


def test_names_may_be_of_any_kind(echo_backend: Backend) -> None:
    name = 'we"b\\n é'
    host, port = echo_backend.address
    proxy = {"local": "127.0.0.1:0", "distant": f"{host}:{port}"}
    with controlled(sections={f"proxy:{name}": proxy}) as api:
        for accept in ("", OPENMETRICS):
            assert scrape(api, accept)("sessions_opened_total", proxy=name) == 0


def test_requests_to_the_api_are_counted_by_route_and_status(api: Controlled) -> None:
    def seen(found: Scrape, status: int) -> float | None:
        return found("control_requests_total", route="/v1/proxies/{name}", status=str(status))

    assert seen(scrape(api), 404) is None
    for _ in range(3):
        assert api.call("GET", "/v1/proxies/nobody")[0] == 404
    assert api.call("GET", "/v1/proxies/default")[0] == 200
    found = scrape(api)
    assert (seen(found, 404), seen(found, 200)) == (3, 1)


def test_version_and_seed(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, seed=42) as api:
        assert scrape(api)("info", version=__version__, seed="42") == 1


def test_several_daemons_in_one_process_count_each_their_own(api: Controlled, echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as other, other.running.connect() as client:
        ask(client, b"hello")
        counts = [scrape(each)("sessions_opened_total", proxy="default") for each in (api, other)]
    assert counts == [0, 1]
    assert scrape(api)("sessions_opened_total", proxy="default") == 0


def test_the_process_is_told_of(api: Controlled) -> None:
    values = {name: value for (name, _), value in scrape(api).values.items()}
    assert values["process_max_fds"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert 0 < values["process_cpu_seconds_total"] <= time.process_time()
    if sys.platform == "linux":
        # the library's own, which is too slow for a daemon with many sessions
        (theirs,) = [
            metric.samples for metric in ProcessCollector(registry=None).collect() if "start_time" in metric.name
        ]
        assert values["process_start_time_seconds"] == pytest.approx(theirs[0].value, abs=2)
        assert 1e7 < values["process_resident_memory_bytes"] < values["process_virtual_memory_bytes"]


@pytest.mark.skipif(not COUNTED, reason="no Linux, or one before 6.2")
def test_open_descriptors_are_counted(api: Controlled) -> None:
    def count() -> float:
        return scrape(api).values["process_open_fds", frozenset()]

    before = count()
    pairs = [socket.socketpair() for _ in range(50)]
    try:
        assert count() == pytest.approx(before + 100, abs=5)  # the API's own connections come and go
    finally:
        for sock in (sock for pair in pairs for sock in pair):
            sock.close()
