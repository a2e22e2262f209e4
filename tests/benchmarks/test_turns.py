"""Who is measured when."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Work
from benchmarks.peers import Endpoint, Peer, Place, direct
from benchmarks.processes import Process, running
from benchmarks.rows import Load, Row
from benchmarks.turns import measure_all


@contextlib.contextmanager
def nobody(directory: Path) -> Iterator[tuple[Process, int]]:
    with running("sleep", ["sleep", "60"], directory) as process:
        yield process, 1


WORK = Work(50.0, 100.0)


def row(log: list[str], work: Work | float = WORK) -> Row:
    def run(endpoint: Endpoint, load: Load) -> Work | float:
        log.append(f"{endpoint.port}")
        return work

    return Row("row", "a row", "things/s", "us/thing", 0, (), nobody, run)


def peer(port: int) -> Peer:
    @contextlib.contextmanager
    def start(place: Place) -> Iterator[Endpoint]:
        with running("proxy", ["sleep", "60"], place.directory) as process:
            yield Endpoint(port, process)

    return Peer(f"peer{port}", start)


def test_every_other_round_goes_backwards() -> None:
    log: list[str] = []
    (result,) = measure_all([row(log)], [peer(1), peer(2), peer(3)], Load(1), 3)
    assert "".join(log) == "123321123"
    assert result.values == {"peer1": [50.0] * 3, "peer2": [50.0] * 3, "peer3": [50.0] * 3}
    assert {name: len(cpu) for name, cpu in result.cpu.items()} == {"peer1": 3, "peer2": 3, "peer3": 3}


def test_without_a_proxy_or_an_amount_there_is_no_processor_time() -> None:
    (result,) = measure_all([row([])], [Peer("direct", direct, is_proxy=False)], Load(1), 1)
    assert (result.values, result.cpu) == ({"direct": [50.0]}, {})
    (result,) = measure_all([row([], work=7.0)], [peer(1)], Load(1), 1)
    assert (result.values, result.cpu) == ({"peer1": [7.0]}, {})


def test_a_failure_names_the_row_and_the_peer() -> None:
    def fail(endpoint: Endpoint, load: Load) -> float:
        raise BenchmarkError("broken")

    failing = Row("row", "a row", "things/s", "us/thing", 0, (), nobody, fail)
    with pytest.raises(BenchmarkError, match=r"^row row, peer1: broken$"):
        measure_all([failing], [peer(1)], Load(1), 1)
