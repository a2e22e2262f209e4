"""Where scripts stand, and beginning them anew: the native API, the client and the command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.control.clients import client_of
from tests.control.controlled import Controlled, controlled
from tests.handlers.tools import ask
from tests.peers import Backend
from vaurien.client import NotFound

OPTIONS: dict[str, Any] = {
    "s.script": "pass 3, hang", "s.per": "proxy",
    "each.script": "pass 2, pass 100kB, error rest", "each.repeat": "yes", "each.direction": "to_client",
}  # fmt: skip


@pytest.fixture
def api(echo_backend: Backend) -> Iterator[Controlled]:
    with controlled(echo_backend.address, "s,each", OPTIONS) as api:
        yield api


def test_where_they_stand(api: Controlled) -> None:
    with api.running.connect() as client, api.running.connect() as other:
        for sock in (client, client, other):
            assert ask(sock, b"hello") == b"hello"
        found = api.ask("GET", "/v1/proxies/default/scripts").json["scripts"]
    assert found == [
        {
            "handler": "s", "script": "pass 3, hang", "per": "proxy", "repeat": False,
            "standing": [{"session": None, "step": "hang", "left": 1, "unit": "calls", "rounds": 0}],
        },
        {
            "handler": "each", "script": "pass 2, pass 100kB, error rest", "per": "session", "repeat": True,
            "standing": [
                {"session": 1, "step": "pass 100kB", "left": 100_000, "unit": "bytes", "rounds": 0},
                {"session": 2, "step": "pass 2", "left": 1, "unit": "calls", "rounds": 0},
            ],
        },
    ]  # fmt: skip


def test_one_begins_anew(api: Controlled) -> None:
    client = client_of(api)
    with api.running.connect() as sock:
        for _ in range(3):
            ask(sock, b"hello")
        assert client.scripts()[0].standing[0].step == "hang"
        assert client.restart_script("s").standing[0].left == 3
        for _ in range(3):
            assert ask(sock, b"hello") == b"hello"
        (standing,) = client.scripts()[1].standing
        assert (standing.session, standing.step, standing.unit) == (1, "pass 100kB", "bytes")
        assert client.restart_script("each", "default").standing[0].step == "pass 2"
        assert client.scripts()[0].standing[0].step == "hang"


def test_when_all_is_over(api: Controlled) -> None:
    client = client_of(api)
    client.set_behavior("s", handlers={"s": {"script": "pass 1", "per": "proxy"}})
    with api.running.connect() as sock:
        ask(sock, b"hello")
        (standing,) = client.scripts()[0].standing
        assert (standing.step, standing.left, standing.unit) == (None, None, None)
    client.set_behavior("s", handlers={"s": {"script": "pass rest", "per": "proxy"}})
    (standing,) = client.scripts()[0].standing
    assert (standing.step, standing.left, standing.unit) == ("pass rest", None, None)


@pytest.mark.parametrize("name", ["nobody", "delay", "script"])
def test_only_what_is_at_work_can_begin_anew(api: Controlled, name: str) -> None:
    with pytest.raises(NotFound, match=f"no script '{name}' at work; choose from each, s"):
        client_of(api).restart_script(name)
    client_of(api).set_behavior("100:dummy")
    with pytest.raises(NotFound):
        client_of(api).restart_script("s")
    assert client_of(api).scripts() == ()


def test_a_behavior_with_a_script_is_restored(api: Controlled) -> None:
    client = client_of(api)
    before = client.get_behavior().json
    with client.behavior("10:delay"):
        assert client.scripts() == ()
    assert client.get_behavior().json == before
    assert before["behavior"] == "s,each" and before["handlers"]["s"]["script"] == "pass 3, hang"


@pytest.mark.parametrize(
    ("body", "where", "said"),
    [
        ({"behavior": "5:s"}, "behavior", "acts by its script"),
        ({"behavior": "script"}, "behavior", "is missing"),
        (
            {"behavior": "s", "handlers": {"s": {"script": "pass 1, nobody"}}},
            "handlers.s.script",
            "no handler 'nobody'",
        ),
        ({"behavior": "s", "handlers": {"s": {"script": "pass x"}}}, "handlers.s.script", "at character 6"),
        ({"behavior": "s", "handlers": {"s": {"match": "path:/x"}}}, "handlers.s.match", "unknown key 'path'"),
        ({"handlers": {"s": {"match": "x"}}}, "handlers.s.match", "at character 1"),
        ({"handlers": {"s": {"script": "pass, each"}}}, "handlers.s.script", "'each' is a script too"),
        ({"behavior": "60:delay,50:error"}, "behavior", "add up to 110"),
        ({"caller_header": "X-Vaurien"}, "caller_header", "has no headers"),
        ({"caller_header": "a b"}, "caller_header", "expected the name of a header"),
        ({"max_active": -1}, "max_active", "0 or more"),
    ],
)
def test_what_does_not_fit_changes_nothing(api: Controlled, body: dict[str, Any], where: str, said: str) -> None:
    before = api.ask("GET", "/v1/proxies/default").json
    answer = api.ask("PATCH", "/v1/proxies/default", body)
    assert (answer.status, answer.json["error"]["where"]) == (400, where), answer.json
    assert said in answer.json["error"]["message"]
    assert api.ask("GET", "/v1/proxies/default").json == before


def test_a_script_names_what_the_operator_has_loaded(api: Controlled) -> None:
    """A handler that no setting of the proxy speaks of is one of those that can be chosen."""
    client = client_of(api)
    client.set_behavior("s", handlers={"s": {"script": "pass 1, half_close, abort"}})
    assert {"half_close", "abort"} <= set(client.get_behavior().handlers)


def test_weights_of_matches_are_not_summed(api: Controlled) -> None:
    options = {"delay": {"match": "client:10.0.0.0/8"}, "error": {"match": "client:192.168.0.0/16"}}
    assert (
        client_of(api).set_behavior("100:delay,100:error,100:dummy", handlers=options).behavior.startswith("100:delay")
    )
