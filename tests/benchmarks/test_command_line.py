"""The command line: what it understands, where results go, and how a run ends."""

import json
from pathlib import Path

import pytest

from benchmarks import command_line
from benchmarks.command_line import main, parse_arguments
from benchmarks.peers import Endpoint
from tests.benchmarks.samples import MISSING, OTHER, VAURIEN, group, row
from tests.servers.command import find_program


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No signal handlers, no plots, no programs asked for their versions: all of that is the whole run's test."""
    monkeypatch.setattr(command_line, "end_by_signals", lambda: None)
    monkeypatch.setattr(command_line, "can_draw", lambda: False)
    monkeypatch.setattr(command_line, "describe", lambda words: {"command line": words})


def measuring(monkeypatch: pytest.MonkeyPatch, *rows: object) -> None:
    """Instead of all groups there is one with these rows."""
    monkeypatch.setattr(command_line, "select", lambda quick, only, also: [group(*rows)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rounds", "0"], "0 is less than 1"),
        (["--only", "nothing"], "unknown group or row 'nothing'"),
        (["--also", "x=y"], "the command of x has no {local}"),
    ],
)
def test_what_is_wrong_is_said_with_status_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_arguments(words)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "rounds", "folder"),
    [
        ([], 5, "benchmarks/results"),
        (["--rounds", "2"], 2, "benchmarks/results"),
        (["--quick"], 1, "build/benchmarks"),
        (["--quick", "--rounds", "3"], 3, "build/benchmarks"),
        (["--only", "bulk"], 5, "build/benchmarks"),
    ],
)
def test_results_of_a_part_do_not_replace_those_of_all(
    words: list[str], rounds: int, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_line, "WHOLE_RESULTS", tmp_path / "benchmarks/results")
    monkeypatch.setattr(command_line, "OTHER_RESULTS", tmp_path / "build/benchmarks")
    measuring(monkeypatch, row(peers=[VAURIEN], run=lambda endpoint, scale: {"rate": 2.0}))
    assert main(words) == 0
    (found,) = tmp_path.rglob("results.json")
    assert found.parent == tmp_path / folder
    assert json.loads(found.read_text())["rounds"] == rounds


def test_a_failure_leaves_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    false = find_program("false", "coreutils")
    also = command_line.parse_peer(f"broken={false} {{local}} {{distant}}")

    def run(endpoint: Endpoint, scale: object) -> dict[str, float]:
        assert endpoint.process is not None
        if endpoint.process.name == "command":
            endpoint.process.child.wait(10)
        return {"rate": 2.0}

    rows = [row("good", peers=[VAURIEN, also, MISSING], run=run), row("better", peers=[OTHER], run=run)]
    measuring(monkeypatch, *rows)
    assert main(["--rounds", "1", "--results", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    account = "good, broken: failed in round 1: command ended with status 1: no output"
    assert captured.err.splitlines()[-1] == f"benchmark failed: {account}"
    assert "not measured: Missing: no-such-program is not installed" in captured.err
    assert "no plots: matplotlib is not installed" in captured.err
    assert captured.out == (tmp_path / "results.rst").read_text()
    assert account in captured.out
    assert json.loads((tmp_path / "results.json").read_text())["failures"] == [account]


def test_a_run_that_is_stopped_has_what_it_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(endpoint: object, scale: object) -> dict[str, float]:
        raise KeyboardInterrupt

    (tmp_path / "relay.svg").write_text("of an earlier run")
    (tmp_path / "mine.svg").write_text("somebody else's")
    rows = [row("first", peers=[VAURIEN], run=lambda endpoint, scale: {"rate": 2.0}), row("second", run=stop)]
    measuring(monkeypatch, *rows)
    assert main(["--results", str(tmp_path)]) == 130
    assert {path.name for path in tmp_path.iterdir()} == {"results.json", "results.rst", "mine.svg"}
    found = json.loads((tmp_path / "results.json").read_text())["groups"]["group"]["rows"]
    assert found["first"]["metrics"]["rate"]["figures"]["vaurien"]["rounds"] == [2.0]
