"""Toxics over Toxiproxy's dialect: added, listed, changed and removed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control.toxiproxy.dialect import Dialect
from vaurien.toxics import TOXICS

THEIRS = {
    "latency": {"latency": 0, "jitter": 0},
    "bandwidth": {"rate": 0},
    "slow_close": {"delay": 0},
    "timeout": {"timeout": 0},
    "reset_peer": {"timeout": 0},
    "slicer": {"average_size": 0, "size_variation": 0, "delay": 0},
    "limit_data": {"bytes": 0},
    "packet_loss": {"loss_rate": 0, "correlation": 0},
    "noop": {},
}
"""The types of Toxiproxy, with all their attributes and what these are where nothing is said."""


@pytest.fixture(autouse=True)
def one(toxiproxy: Dialect) -> Any:
    return toxiproxy.make()


@pytest.mark.parametrize("kind", sorted(THEIRS))
def test_every_type_has_toxiproxys_attributes_and_defaults(toxiproxy: Dialect, kind: str) -> None:
    made = toxiproxy.toxic(kind)
    assert {**made, "attributes": {}} == {
        "attributes": {},
        "name": f"{kind}_downstream",
        "type": kind,
        "stream": "downstream",
        "toxicity": 1,
    }
    assert THEIRS[kind].keys() <= made["attributes"].keys()
    if kind != "packet_loss":  # which is younger, and has a default that does something
        assert {name: made["attributes"][name] for name in THEIRS[kind]} == THEIRS[kind]
    assert toxiproxy.say("GET", f"/proxies/one/toxics/{kind}_downstream") == (200, made)
    assert toxiproxy.say("GET", "/proxies/one/toxics") == (200, [made])
    assert toxiproxy.say("GET", "/proxies/one").json["toxics"] == [made]


def test_the_types_are_toxiproxys_and_more() -> None:
    assert set(THEIRS) < set(TOXICS.names())


def test_those_upstream_are_listed_first_each_stream_in_its_order(toxiproxy: Dialect) -> None:
    for name, stream in (("a", "downstream"), ("b", "upstream"), ("c", "downstream"), ("d", "upstream")):
        toxiproxy.toxic("noop", name=name, stream=stream)
    assert [toxic["name"] for toxic in toxiproxy.say("GET", "/proxies/one/toxics").json] == ["b", "d", "a", "c"]


@pytest.mark.parametrize("stream", ["UPSTREAM", "Downstream", "upstream"])
def test_the_stream_may_be_in_any_case_and_is_told_as_it_was_written(toxiproxy: Dialect, stream: str) -> None:
    made = toxiproxy.toxic("noop", stream=stream)
    assert (made["stream"], made["name"]) == (stream, f"noop_{stream}")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_change_is_of_attributes_and_toxicity_and_nothing_else(toxiproxy: Dialect, method: str) -> None:
    made = toxiproxy.toxic("latency", latency=10, jitter=5)
    path = "/proxies/one/toxics/latency_downstream"
    change = {"attributes": {"latency": 20}, "toxicity": 0.5, "name": 5, "type": "noop", "stream": None}
    expected = {**made, "attributes": {**made["attributes"], "latency": 20}, "toxicity": 0.5}
    assert toxiproxy.say(method, path, change) == (200, expected)
    assert toxiproxy.say(method, path, {}) == (200, expected)
    assert toxiproxy.say("GET", path) == (200, expected)


def test_it_is_removed_without_a_word(toxiproxy: Dialect) -> None:
    toxiproxy.toxic("noop")
    answer = toxiproxy.api.ask("DELETE", "/proxies/one/toxics/noop_downstream")
    assert (answer.status, answer.body) == (204, b"")
    assert toxiproxy.say("GET", "/proxies/one/toxics") == (200, [])


def test_names_are_unique_across_both_streams(toxiproxy: Dialect) -> None:
    toxiproxy.toxic("noop", name="x", stream="upstream")
    body = {"type": "latency", "name": "x", "stream": "downstream"}
    assert toxiproxy.error("POST", "/proxies/one/toxics", body) == (409, "toxic already exists")


@pytest.mark.parametrize(("name", "path"), [("a b", "a%20b"), ("ü", "%C3%BC"), ("50%", "50%25")])
def test_a_name_may_need_quoting(toxiproxy: Dialect, name: str, path: str) -> None:
    toxiproxy.toxic("noop", name=name)
    assert toxiproxy.say("GET", f"/proxies/one/toxics/{path}").json["name"] == name
    assert toxiproxy.say("DELETE", f"/proxies/one/toxics/{path}").status == 204


def test_a_failing_change_changes_nothing(toxiproxy: Dialect) -> None:
    made = toxiproxy.toxic("latency", latency=10, jitter=5)
    path = "/proxies/one/toxics/latency_downstream"
    change = {"attributes": {"jitter": 7, "latency": "x"}}
    assert toxiproxy.error("PATCH", path, change)[0] == 400
    change = {"attributes": {"jitter": 7, "latency": -1}, "toxicity": 0.5}
    assert toxiproxy.error("PATCH", path, change) == (
        400,
        "attributes.latency: expected a whole number of milliseconds from 0 to 1000000000, not -1",
    )
    assert toxiproxy.say("GET", path) == (200, made)
