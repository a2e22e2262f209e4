"""The data have every figure, and JSON can say them."""

import json

import pytest

from benchmarks.data import as_data
from tests.benchmarks.samples import ADDED, EARLY, P50, RATE, VAURIEN, group, results, row


def test_data_have_every_figure_and_every_ratio() -> None:
    found = results(bulk__direct__rate=[20, 40], bulk__vaurien__rate=[10, 10], bulk__other__rate=[20, None])
    found.failures.append("bulk, Other: failed in round 2: broken")
    data = json.loads(json.dumps(as_data([group(row("bulk", RATE))], found, {"CPU": "x"}, {"tool": 2})))
    assert data["environment"] == {"CPU": "x"}
    assert data["settings"] == {"tool": 2}
    assert data["rounds"] == 2
    assert data["failures"] == ["bulk, Other: failed in round 2: broken"]
    rate = data["groups"]["group"]["rows"]["bulk"]["metrics"]["rate"]
    assert (rate["unit"], rate["better"]) == ("things/s", "more")
    assert rate["figures"]["vaurien"] == {"rounds": [10, 10], "median": 10, "min": 10, "max": 10}
    assert rate["figures"]["other"] == {"rounds": [20, None], "median": 20, "min": 20, "max": 20}
    assert rate["ratios"]["vaurien/direct"] == {"rounds": [0.5, 0.25], "median": 0.375, "min": 0.25, "max": 0.5}
    assert rate["ratios"]["vaurien/other"]["rounds"] == [0.5, None]


def test_data_have_what_is_derived() -> None:
    found = results(row__direct__p50=[30], row__vaurien__p50=[90], row__other__p50=[80])
    metrics = as_data([group(row("row", P50, ADDED))], found, {}, {})["groups"]["group"]["rows"]["row"]["metrics"]
    assert metrics["added"]["figures"]["vaurien"]["median"] == 60
    assert metrics["added"]["ratios"]["vaurien/other"]["median"] == pytest.approx(1.2)
    assert set(metrics["added"]["figures"]) == {"vaurien", "other"}


def test_a_row_with_a_base_has_the_ratio_to_that_row() -> None:
    plain, hook = row("plain", RATE, EARLY, peers=[VAURIEN]), row("hook", RATE, peers=[VAURIEN], base="plain")
    found = results(plain__vaurien__rate=[100], hook__vaurien__rate=[50], plain__vaurien__early=[1])
    rows = as_data([group(plain, hook)], found, {}, {})["groups"]["group"]["rows"]
    assert rows["hook"]["metrics"]["rate"]["ratios"]["hook/plain"]["rounds"] == [0.5]
    assert rows["plain"]["metrics"]["rate"]["ratios"] == {}
    assert rows["plain"]["metrics"]["early"]["figures"]["vaurien"]["sum"] == 1


def test_what_is_missing_is_named() -> None:
    data = as_data([group(row("bulk", programs=("no-such-tool",)))], results(), {}, {})
    assert data["not_measured"] == ["group, the bulk: no-such-tool is not installed"]
    assert data["groups"]["group"]["rows"]["bulk"]["missing"] == ["no-such-tool is not installed"]
    assert data["groups"]["group"]["rows"]["bulk"]["metrics"]["rate"]["figures"] == {}
