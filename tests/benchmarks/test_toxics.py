"""The rows of toxics: each proxy has the toxic of its row, and the probes see what toxics do."""

from pathlib import Path

import pytest

from benchmarks import backends, toxic_probes
from benchmarks.errors import BenchmarkError
from benchmarks.idle import idle
from benchmarks.peers import Endpoint, Place
from benchmarks.ports import is_listening
from benchmarks.run_toxiproxy import TOXIPROXY
from benchmarks.toxic_peers import Toxic, peers
from benchmarks.toxic_times import TOXIC_TIMES, late
from benchmarks.toxics import TOXICS, VARIANTS
from tests.benchmarks.samples import SCALE
from vaurien.toxics import BUILT_IN


def listening(endpoint: Endpoint) -> int:
    assert endpoint.process is not None
    endpoint.process.wait_until(lambda: is_listening(endpoint.port))
    return endpoint.port


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_vaurien_takes_its_toxic(variant: object, tmp_path: Path) -> None:
    toxic: Toxic | None = variant.toxic  # type: ignore[attr-defined]
    ours = peers(toxic, "downstream")[0]
    with backends.echo(tmp_path) as (_, distant), ours.start(Place(distant, tmp_path)) as endpoint:
        listening(endpoint)
        endpoint.check()
        assert endpoint.process is not None
        command = Path(f"/proc/{endpoint.process.pid}/cmdline").read_text()
    assert (f"--toxics.{toxic.type}.stream" if toxic else "--log-level") in command


def test_every_toxic_that_acts_on_bytes_has_its_rows() -> None:
    measured = {variant.toxic.type for variant in VARIANTS if variant.toxic}
    assert measured == {toxic.name for toxic in BUILT_IN} - {"slow_open"}


def test_rows_are_compared_to_the_one_without() -> None:
    for row in TOXICS.rows:
        kind = row.name.split("_")[1]
        assert row.base == (None if row.name.endswith("_dummy") else f"toxics_{kind}_dummy")


def test_toxiproxy_has_the_same_in_its_words() -> None:
    toxic = Toxic("latency", {"latency": 1})
    assert toxic.json("upstream") == {"type": "latency", "stream": "upstream", "attributes": {"latency": 1}}
    assert [peer.name for peer in peers(toxic, "upstream")] == ["vaurien", "toxiproxy"]
    assert [peer.name for peer in peers(Toxic("corrupt", shared=False), "upstream")] == ["vaurien"]
    assert peers(None, "upstream")[1] is TOXIPROXY


def test_what_is_late_is_measured_from_what_was_asked_for() -> None:
    assert late([0.101, 0.099, 0.1035]) == pytest.approx({"p50": 1.0, "p95": 3.5, "largest": 3.5, "early": 1})


@pytest.mark.parametrize(
    "name", ["times_timeout", "times_slow_close", "times_reset_peer", "times_limit_data", "times_slicer"]
)
def test_toxics_are_seen_by_the_probes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.toxic_times.OFTEN", 2)
    (row,) = [row for row in TOXIC_TIMES.rows if row.name == name]
    figures = row.measure(row.peers[0], SCALE, tmp_path)
    assert set(figures) == {metric.name for metric in row.metrics}
    assert figures.get("early", 0) == figures.get("off", 0) == 0


def test_bytes_are_counted_for_the_time_that_is_said(tmp_path: Path) -> None:
    ours = peers(Toxic("bandwidth", {"rate": 100}), "upstream")[0]
    with backends.echo(tmp_path) as (_, distant), ours.start(Place(distant, tmp_path)) as endpoint:
        assert 0 < toxic_probes.passed_in(listening(endpoint), 0.5) <= 50_000


def test_what_does_not_happen_is_an_error(tmp_path: Path) -> None:
    with backends.echo(tmp_path) as (_, distant):
        with pytest.raises(BenchmarkError, match="that was to be closed said b'x'"):
            toxic_probes.until_closed(distant)
        with pytest.raises(BenchmarkError, match="that was to be reset said b'x'"):
            toxic_probes.until_reset(distant)
    with pytest.raises(BenchmarkError, match="a session has failed"):
        toxic_probes.until_closed(distant)


def test_idle_sessions_may_be_silent_but_not_gone(tmp_path: Path) -> None:
    silent, cut = (peers(Toxic("timeout", {"timeout": timeout}), "upstream")[0] for timeout in (600_000, 1))
    with backends.echo(tmp_path) as (_, distant), silent.start(Place(distant, tmp_path)) as endpoint:
        listening(endpoint)
        assert idle(endpoint, SCALE, 3, answered=False)["memory"] > 0
    with backends.echo(tmp_path) as (_, distant), cut.start(Place(distant, tmp_path)) as endpoint:
        listening(endpoint)
        with pytest.raises(BenchmarkError, match=r"has ended|has failed|cannot be opened|was greeted by b''"):
            idle(endpoint, SCALE, 3, answered=False)
