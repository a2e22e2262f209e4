"""Many sessions at once, of which half are cut in mid-stream, while toxics come, change, move and go all the time."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.path.test_isolation import SESSIONS, listen_tcp, listen_unix, one_round
from tests.path.tools import DUMMY, HALF_PASSING, Way, wait_no_sessions
from tests.running import DEADLINE, Running, running
from tests.toxics.tools import STREAMS, put, toxic
from vaurien.settings import ToxicSettings


def chains() -> list[list[ToxicSettings]]:
    """What the proxy has, one after the other: all of them lose nothing."""
    found = []
    for kinds in (
        ["latency"], [], ["noop", "latency", "slicer"], ["slicer", "latency"], ["latency", "noop", "slicer"], [],
        ["bandwidth", "latency"], ["latency", "bandwidth"], ["slow_close"],
    ):  # fmt: skip
        options: dict[str, dict[str, Any]] = {
            "latency": {"latency": 3, "jitter": 3},
            "slicer": {"average_size": 30_000, "size_variation": 9_000},
            "bandwidth": {"rate": 10**6, "shared": True},
            "slow_close": {"delay": 10},
        }
        found.append(
            [
                toxic(kind, name=f"{kind}_{stream}", stream=stream, toxicity=0.7, **options.get(kind, {}))
                for stream in STREAMS
                for kind in kinds
            ]
        )
    return found


@contextmanager
def changing(daemon: Running) -> Iterator[None]:
    """Toxics come and go in the block."""
    over = threading.Event()
    failures: list[BaseException] = []

    def change() -> None:
        try:
            for chain in itertools.cycle(chains()):
                if over.wait(0.003):
                    return
                put(daemon, *chain)
        except BaseException as exc:
            failures.append(exc)

    thread = threading.Thread(target=change, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(DEADLINE)
    assert not failures, failures


@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", [DUMMY, HALF_PASSING], ids=["dummy", "half_passing"])
@pytest.mark.parametrize("listen", [listen_unix, listen_tcp], ids=["unix", "tcp"])
def test_no_byte_is_lost_or_strays(
    way: Way, listen: Callable[[Path], Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(5)
    listener, distant, local = listen(tmp_path)
    with listener:
        listener.settimeout(DEADLINE)
        listener.listen(SESSIONS)
        with running(distant, *way, local=local, seed=5) as daemon, ExitStack() as opened:
            with changing(daemon):
                for number in range(2):
                    one_round(daemon, listener, number, chance, opened)
            put(daemon)
            wait_no_sessions(daemon)
            assert daemon.daemon.shared.pipes.taken == 0
            clock = daemon.daemon.shared.clock
            assert daemon.do(lambda: [alarm for alarm in clock._alarms if alarm[2] is not None]) == []
    assert not [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
