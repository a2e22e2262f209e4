"""Behaviors that hold until they are released, over the native API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control.clients import client_of
from tests.control.controlled import Controlled
from vaurien.control import standing

PROXY = "/v1/proxies/default"


def hold(api: Controlled, **body: Any) -> dict[str, Any]:
    status, _, found = api.call("PUT", f"{PROXY}/behavior", {"behavior": "20:delay", "hold": True, **body})
    assert status == 200
    assert isinstance(found, dict)
    return found


def test_it_is_released_once_and_told(api: Controlled) -> None:
    told: list[dict[str, Any]] = []
    api.running.do(lambda: api.running.daemon.shared.events.listen(told.append))
    before = api.call("GET", f"{PROXY}/behavior")
    number = hold(api)["hold"]
    assert api.call("GET", PROXY)[2]["reverts"] == [{"fields": ["behavior", "handlers"], "in": None, "hold": number}]
    path = f"{PROXY}/holds/{number}"
    assert api.call("DELETE", path, headers={"If-Match": before[1]["etag"]})[0] == 412
    status, headers, now = api.call("DELETE", path)
    assert (status, now) == (200, before[2])
    assert headers["etag"] == api.call("GET", PROXY)[1]["etag"] != before[1]["etag"]
    status, _, said = api.call("DELETE", path)
    assert (status, said["error"]["where"]) == (404, "hold")
    assert [(event["type"], event["changed"]) for event in told] == [
        ("proxy_changed", ["behavior", "handlers"]),
        ("proxy_reverted", ["behavior", "handlers"]),
    ]


def test_only_what_is_held_can_be_released(api: Controlled) -> None:
    hold(api, hold="no")
    assert api.call("PATCH", PROXY, {"timeout": 3, "for": 60})[0] == 200
    (change,) = api.control.live.temporary("default")
    for number in (str(change.number), "0", "-1", "x", "9" * 30, "%D9%A3"):
        assert api.call("DELETE", f"{PROXY}/holds/{number}")[0] == 404
    assert api.call("DELETE", "/v1/proxies/nobody/holds/1")[2]["error"]["where"] == "name"


@pytest.mark.parametrize(
    ("method", "path", "body", "where"),
    [
        ("PUT", f"{PROXY}/behavior", {"behavior": "1:delay", "hold": "perhaps"}, "hold"),
        ("PUT", f"{PROXY}/behavior", {"behavior": "1:delay", "hold": None}, "hold"),
        ("PUT", f"{PROXY}/behavior", {"hold": True}, "behavior"),
        ("PATCH", PROXY, {"timeout": 3, "hold": True}, "hold"),
        ("POST", "/v1/proxies", {"name": "new", "distant": "127.0.0.1:1", "hold": True}, "hold"),
    ],
)
def test_what_cannot_be_held(api: Controlled, method: str, path: str, body: Any, where: str) -> None:
    status, _, said = api.call(method, path, body)
    assert (status, said["error"]["where"]) == (400, where)
    assert api.call("GET", PROXY)[2]["reverts"] == []


def test_a_reload_ends_it_and_its_holder_does_not_mind(api: Controlled) -> None:
    settings = api.running.daemon.settings
    with client_of(api).behavior("20:delay") as held:
        api.running.do(lambda: api.control.live.reload(settings))
        assert client_of(api).get_behavior().behavior == "100:dummy"
        client_of(api).set_behavior("5:error")
    assert client_of(api).get_behavior().behavior == "5:error"
    assert held.hold is not None


def test_there_cannot_be_any_number(api: Controlled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST", 2)
    hold(api)
    assert api.call("PATCH", PROXY, {"timeout": 3, "for": 60})[0] == 200
    for body, where in (({"behavior": "1:delay", "hold": True}, "hold"), ({"behavior": "1:delay", "for": 60}, "for")):
        status, _, said = api.call("PUT", f"{PROXY}/behavior", body)
        assert (status, said["error"]["where"]) == (400, where)
        assert said["error"]["message"].startswith("2 changes of this proxy are to be taken back already")
    assert api.call("PATCH", PROXY, {"timeout": 4})[2]["timeout"] == 4


def test_a_proxy_that_is_deleted_takes_its_holds_along(api: Controlled) -> None:
    number = hold(api)["hold"]
    distant = api.call("GET", PROXY)[2]["distant"]
    assert api.call("DELETE", PROXY)[0] == 204
    assert api.call("POST", "/v1/proxies", {"name": "default", "distant": distant})[2]["behavior"] == "100:dummy"
    assert api.call("DELETE", f"{PROXY}/holds/{number}")[0] == 404
