"""A row's turn: a backend and a proxy for it alone, and the better of two accounts when it fails."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.peers import Endpoint, Peer, Place
from benchmarks.processes import running
from benchmarks.rows import Figures
from benchmarks.scale import Scale
from tests.benchmarks.samples import SCALE, VAURIEN, row


def fail(endpoint: Endpoint, scale: Scale) -> Figures:
    raise BenchmarkError("the tool's account")


def saying(script: str) -> Peer:
    """A proxy that is a shell script; its endpoint is given once it has printed something."""

    @contextlib.contextmanager
    def start(place: Place) -> Iterator[Endpoint]:
        with running("proxy", ["sh", "-c", script], place.directory) as process:
            with contextlib.suppress(BenchmarkError):  # it may end at once
                process.wait_until(lambda: "\n" in process.output())
            yield Endpoint(1, process)

    return Peer("proxy", "Proxy", start)


def test_figures_are_what_run_returns_and_nothing_is_left(tmp_path: Path) -> None:
    seen: list[Endpoint] = []

    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        seen.append(endpoint)
        return {"rate": 1.0}

    assert row(run=run).measure(VAURIEN, SCALE, tmp_path) == {"rate": 1.0}
    (endpoint,) = seen
    assert endpoint.process is not None
    assert endpoint.process.child.poll() is not None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "account"),
    [
        ("echo fine; exec sleep 60", "the tool's account"),
        ("echo 1 ERROR 2; exec sleep 60", "proxy logged: 1 ERROR 2"),
        ("echo gone; exit 3", "proxy ended with status 3: gone"),
    ],
)
def test_what_a_proxy_says_is_the_better_account(script: str, account: str, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError) as caught:
        row(run=fail).measure(saying(script), SCALE, tmp_path)
    assert str(caught.value) == account


def test_a_figure_beside_an_error_of_the_proxy_is_none(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="proxy logged: 1 ERROR 2"):
        row().measure(saying("echo 1 ERROR 2; exec sleep 60"), SCALE, tmp_path)


def test_a_proxy_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    waiting = replace(row(run=lambda endpoint, scale: {}), waits=True)
    with pytest.raises(BenchmarkError, match=r"^proxy ended with status 3: gone$"):
        waiting.measure(saying("echo gone; exit 3"), SCALE, tmp_path)
