"""A whole run, as small as can be: the command, real proxies, and all of its files."""

import json
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

from benchmarks.plots import can_draw
from benchmarks.processes import ROOT
from tests.program import unmeasured
from tests.servers.command import find_program
from vaurien.version import __version__

DEADLINE = 50.0  # seconds
ROWS = "start,delay_1_10ms,delay_100_dummy"


def test_a_whole_run(tmp_path: Path) -> None:
    find_program("haproxy", "haproxy")
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", ROWS, "--results", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=unmeasured(), capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "results.json").read_text())
    assert data["failures"] == []
    assert data["environment"]["Vaurien"].split()[0] == __version__
    assert data["environment"]["HAProxy"][0].isdigit()
    assert data["environment"]["command line"].endswith(f"--only {ROWS} --results {tmp_path}")
    metrics = {
        name: {key: metric["figures"] for key, metric in row["metrics"].items()}
        for group in data["groups"].values()
        for name, row in group["rows"].items()
    }
    assert metrics.keys() == {"start", "delay_1_10ms", "delay_100_dummy"}
    assert metrics["start"]["first_byte"]["vaurien"]["median"] > metrics["start"]["first_byte"]["haproxy"]["median"] > 0
    delayed = {key: figures["vaurien"]["rounds"][0] for key, figures in metrics["delay_1_10ms"].items()}
    assert delayed["early"] == 0
    assert 0 < delayed["smallest"] <= delayed["p50"] <= delayed["p99"]
    assert delayed["p50"] < 10  # it is the error, without the 10 ms
    assert 0 < delayed["requests"] <= 75  # one is left out where the last answer is late
    assert metrics["delay_100_dummy"]["requests"]["vaurien"]["sum"] == 200
    assert done.stdout == (tmp_path / "results.rst").read_text()
    if can_draw():
        assert {path.name for path in tmp_path.glob("*.svg")} == {"start.svg", "delay.svg"}
        for path in tmp_path.glob("*.svg"):
            assert xml.etree.ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
