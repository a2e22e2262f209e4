"""The rows of the control API: each Vaurien is what its line says, and metrics that do not come are a failure."""

import socket
from pathlib import Path

import pytest

from benchmarks.control import CONTROL, VARIANTS, Variant
from benchmarks.errors import BenchmarkError
from benchmarks.peers import Place
from benchmarks.ports import is_listening
from benchmarks.scraper import scrape, scraping
from tests.control.controlled import controlled
from tests.peers import Backend, receive_exactly
from tests.running import DEADLINE


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_bytes_pass(variant: Variant, echo_backend: Backend, tmp_path: Path) -> None:
    with variant.peer.start(Place(echo_backend.address[1], tmp_path)) as endpoint:
        assert endpoint.process is not None
        endpoint.process.wait_until(lambda: is_listening(endpoint.port))
        with socket.create_connection(("127.0.0.1", endpoint.port), DEADLINE) as client:
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"
        command = Path(f"/proc/{endpoint.process.pid}/cmdline").read_text().split("\0")
        assert ("--http" in command) == (variant.name != "dummy")
        endpoint.check()


def test_metrics_are_asked_for_again_and_again(echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as api:
        with scraping(f"{api.url}/metrics", interval=0.01) as answers:
            api.running.wait_until(lambda: len(answers) >= 3)
        assert all(b"vaurien_sessions_open{" in answer for answer in answers)


def test_an_answer_without_metrics_is_a_failure(echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as api, pytest.raises(BenchmarkError, match="/healthz: no metrics, but"):
        scrape(f"{api.url}/healthz")


def test_a_scrape_that_fails_fails_the_turn() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/metrics"
        with pytest.raises(BenchmarkError, match="refused"), scraping(url):
            pass


def test_each_row_is_compared_to_the_one_without_the_api() -> None:
    bases = {row.name: row.base for row in CONTROL.rows}
    assert bases == {
        "control_redis_dummy": None,
        "control_redis_idle": "control_redis_dummy",
        "control_redis_scraped": "control_redis_dummy",
        "control_http_dummy": None,
        "control_http_idle": "control_http_dummy",
        "control_http_scraped": "control_http_dummy",
    }
