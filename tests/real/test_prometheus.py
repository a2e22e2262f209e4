"""Prometheus itself reads the metrics, and its own linter has nothing to say against them."""

import re
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import built_docs
from tests.peers import Backend, receive_exactly
from tests.program import Program, program
from tests.servers.command import find_program, run
from tests.servers.prometheus import Prometheus

CONTROL_LINE = re.compile(r"^control API http://(?P<address>\S+?)/$", re.MULTILINE)
DEADLINE = 15.0  # seconds
POLL = 0.1  # seconds between two questions
LABELS = 'instance="{}",job="vaurien",proxy="default"'


@contextmanager
def controlled(backend: Backend, *options: str) -> Iterator[tuple[Program, str]]:
    """Vaurien before `backend`, with its control API: the program, and "host:port" of the API."""
    host, port = backend.address
    ends = ["--local", "127.0.0.1:0", "--distant", f"{host}:{port}"]
    with program(*ends, "--http", "--http-port", "0", *options) as vaurien:
        yield vaurien, vaurien.wait_for_output(CONTROL_LINE.pattern)["address"]


def talk(vaurien: Program, request: bytes, times: int) -> None:
    """One client, which reads the echo of each request, and leaves."""
    with socket.create_connection(("127.0.0.1", vaurien.port), DEADLINE) as client:
        for _ in range(times):
            client.sendall(request)
            assert receive_exactly(client, len(request)) == request


def metrics(address: str) -> bytes:
    """What a scrape finds, in the text format, which is the one that promtool reads."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=DEADLINE) as answer:
        said: bytes = answer.read()
    return said


def wait_query(prometheus: Prometheus, expression: str, holds: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    """Asks until the answer is as wanted, and returns it."""
    end = time.monotonic() + DEADLINE
    while not holds(found := prometheus.query(expression)):
        assert time.monotonic() < end, f"{expression}: {found}\n{prometheus.target_state()}"
        time.sleep(POLL)
    return found


def test_prometheus_scrapes_what_has_passed(echo_backend: Backend) -> None:
    options = ["--behavior", "100:delay", "--handlers.delay.sleep", "0.01"]
    with controlled(echo_backend, *options) as (vaurien, address), Prometheus(address) as prometheus:
        for _ in range(3):
            talk(vaurien, b"x" * 100, 4)
        labels = LABELS.format(address)
        ended = 'vaurien_sessions_ended_total{cause="client closed"}'
        wait_query(prometheus, ended, lambda found: list(found.values()) == [3.0])
        assert prometheus.target_state()["health"] == "up"
        assert prometheus.query("sum by (direction) (vaurien_bytes_total)") == {
            'direction="to_backend"': 1200,
            'direction="to_client"': 1200,
        }
        assert prometheus.query('vaurien_calls_total{handler="delay",direction="to_backend"}') == {
            f'__name__="vaurien_calls_total",direction="to_backend",handler="delay",{labels}': 12
        }
        half = "histogram_quantile(0.5, vaurien_delay_asked_seconds_bucket)"
        assert 0.005 < prometheus.query(half)[labels] <= 0.01
        (seed,) = prometheus.query("vaurien_info")
        assert f'seed="{vaurien.seed}"' in seed


def test_a_proxy_that_is_gone_is_gone_for_prometheus_too(echo_backend: Backend) -> None:
    with controlled(echo_backend) as (_, address), Prometheus(address) as prometheus:
        wait_query(prometheus, "vaurien_proxy_enabled", lambda found: list(found.values()) == [1.0])
        request = urllib.request.Request(f"http://{address}/v1/proxies/default", method="DELETE")
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            assert answer.status == 204
        wait_query(prometheus, "vaurien_proxy_enabled", lambda found: found == {})
        assert prometheus.query("up")


def test_promtool_is_content(echo_backend: Backend) -> None:
    promtool = find_program("promtool", "prometheus")
    with controlled(echo_backend) as (vaurien, address):
        talk(vaurien, b"hello", 1)
        end = time.monotonic() + DEADLINE
        while b"vaurien_sessions_ended_total{" not in (text := metrics(address)):
            assert time.monotonic() < end, text
            time.sleep(POLL)
    assert run([promtool, "check", "metrics"], input=text) == ""


def test_what_the_page_shows_is_understood(echo_backend: Backend, tmp_path: Path) -> None:
    promtool = find_program("promtool", "prometheus")
    blocks = built_docs.pages()["howto/watch_it_with_prometheus"]
    for name in ("prometheus.yml", "vaurien.rules.yml"):
        (text,) = [block.text for block in blocks if block.caption == name]
        (tmp_path / name).write_text(text + "\n")
    said = run([promtool, "check", "config", tmp_path / "prometheus.yml"])
    assert "SUCCESS: 3 rules found" in said
    expressions = [block.text for block in blocks if block.language == "promql"]
    alerts = re.findall(r"^ *expr: (.+)$", (tmp_path / "vaurien.rules.yml").read_text(), re.MULTILINE)
    assert (len(expressions), len(alerts)) == (5, 3)
    used = {name for text in expressions + alerts for name in re.findall(r"\bvaurien_\w+", text)}
    with controlled(echo_backend) as (vaurien, address), Prometheus(address) as prometheus:
        talk(vaurien, b"hello", 1)
        for name in sorted(used):
            wait_query(prometheus, name, bool)
        for text in expressions + alerts:
            prometheus.query(text)  # which fails for what it does not understand
