"""``vaurienctl toxics``: what it does, and what it prints where nobody looks."""

from __future__ import annotations

import argparse

import pytest

from tests.control.clients import client_of
from tests.control.commands import Ctl, said
from tests.control.controlled import Controlled
from vaurien.ctl.toxics import toxic_names, type_names
from vaurien.toxics import TOXICS


@pytest.fixture
def ctl(api: Controlled) -> Ctl:
    return Ctl(api)


def test_a_toxic_from_its_beginning_to_its_end(ctl: Ctl) -> None:
    assert ctl.lines("toxics")[0].split() == ["proxy", "toxic", "type", "stream", "toxicity", "options"]
    assert ctl.rows("toxics") == []
    (made,) = ctl.rows("toxics", "add", "latency", "--set", "latency=5", "--set", "jitter=1", "--toxicity", "0.5")
    assert made == {
        "proxy": "default", "toxic": "latency_downstream", "type": "latency", "stream": "downstream", "toxicity": "0.5",
        "options": "latency=5 jitter=1 distribution=uniform",
    }  # fmt: skip
    second = ctl.json("toxics", "add", "noop", "--name", "up", "--stream", "upstream", "--proxy", "default")
    assert (second["name"], second["stream"], second["etag"]) == ("up", "upstream", etag(ctl))
    (changed,) = ctl.rows("toxics", "change", "latency_downstream", "--toxicity", "1", "--set", "latency=0")
    assert (changed["toxicity"], changed["options"]) == ("1", "latency=0 jitter=1 distribution=uniform")
    assert [row["toxic"] for row in ctl.rows("toxics")] == ["latency_downstream", "up"]
    assert [each["name"] for each in ctl.json("toxics", "--proxy", "default")] == ["latency_downstream", "up"]
    assert ctl.lines("toxics", "remove", "latency_downstream") == []
    assert ctl.json("toxics", "remove", "up") == {}
    assert ctl.json("toxics") == {"default": []}


def etag(ctl: Ctl) -> str:
    return client_of(ctl.api).proxy().etag.strip('"')


def test_a_change_that_holds_for_a_while(ctl: Ctl) -> None:
    ctl.lines("toxics", "add", "noop")
    ctl.lines("toxics", "add", "latency", "--for", "1m")
    ctl.lines("toxics", "change", "noop_downstream", "--toxicity", "0", "--for", "2m")
    ctl.lines("toxics", "remove", "noop_downstream", "--for", "3m")
    assert [revert.fields for revert in client_of(ctl.api).proxy().reverts] == [("toxics",)] * 3


def test_nothing_is_done_if_the_proxy_has_changed(ctl: Ctl) -> None:
    ctl.lines("toxics", "add", "noop", "--if-match", etag(ctl))
    for words in (("add", "latency"), ("change", "noop_downstream", "--toxicity", "0"), ("remove", "noop_downstream")):
        code, line = ctl.refusal("toxics", *words, "--if-match", "other")
        assert code == 1 and "has changed" in line


def test_what_is_wrong_is_told_in_one_line(ctl: Ctl) -> None:
    for words, code, part in (
        (("add",), 2, "TYPE"),
        (("add", "latency", "--set", "latency"), 2, "'latency' is no OPTION=VALUE, such as latency=100"),
        (("change", "x"), 2, "say what is to change"),
        (("add", "latncy"), 1, "did you mean 'latency'"),
        (("add", "latency", "--set", "latency=soon"), 1, "attributes.latency: "),
        (("add", "latency", "--toxicity", "2"), 1, "toxicity: "),
        (("change", "x", "--set", "latency=1"), 1, "there is no toxic 'x'"),
        (("remove", "x"), 1, "there is no toxic 'x'"),
        (("types", "latncy"), 1, "choose from bandwidth, "),
        (("--proxy", "nobody"), 1, "'nobody'"),
    ):
        found, line = ctl.refusal("toxics", *words)
        assert found == code and part in line, words
    assert client_of(ctl.api).toxics() == ()
    ctl.lines("toxics", "add", "noop")
    assert ctl.refusal("toxics", "add", "noop") == (1, "name: there is a toxic 'noop_downstream' already")


def test_types_are_shown_with_their_options(ctl: Ctl) -> None:
    rows = ctl.rows("toxics", "types")
    assert {row["toxic"] for row in rows} == set(TOXICS.built_in)
    (rate,) = (row for row in rows if (row["toxic"], row["option"]) == ("bandwidth", "rate"))
    assert (rate["type"], rate["default"], rate["allowed"]) == ("int", "0", "0..1e+09")
    assert {row["toxic"] for row in ctl.rows("toxics", "types", "noop")} == {"noop"}
    assert ctl.json("toxics", "types", "noop")["name"] == "noop"
    assert [each["name"] for each in ctl.json("toxics", "types")] == sorted(TOXICS.built_in)


def test_names_are_completed(ctl: Ctl) -> None:
    client_of(ctl.api).add_toxic("noop", name="mine")
    given = argparse.Namespace(url=ctl.url, token_file=None, proxy=None)
    assert type_names(given) == sorted(TOXICS.built_in)
    assert toxic_names(given) == ["mine"]
    nowhere = argparse.Namespace(url="unix:/nowhere", token_file=None, proxy=None)
    assert type_names(nowhere) == toxic_names(nowhere) == []


def test_the_help_names_all_commands() -> None:
    for words in ((), ("add",), ("change",), ("remove",), ("types",)):
        assert said("toxics", *words, "--help").code == 0
