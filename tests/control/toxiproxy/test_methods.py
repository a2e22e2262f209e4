"""What is the same for all of Toxiproxy's addresses: methods, browsers, headers, and what there is not."""

from __future__ import annotations

import re

import pytest

from tests.control.toxiproxy.dialect import TEXT, Dialect

PATHS = {
    "/version": {"GET"},
    "/proxies": {"GET", "POST"},
    "/proxies/one": {"GET", "POST", "PATCH", "DELETE"},
    "/proxies/one/toxics": {"GET", "POST"},
    "/proxies/one/toxics/noop_downstream": {"GET", "POST", "PATCH", "DELETE"},
    "/populate": {"POST"},
    "/reset": {"POST"},
}
ALL = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
EACH = [(method, path) for path in PATHS for method in sorted(ALL)]


@pytest.fixture(autouse=True)
def one(toxiproxy: Dialect) -> None:
    toxiproxy.make(toxics=[{"type": "noop"}])


@pytest.mark.parametrize(("method", "path"), EACH)
def test_another_method_is_refused_without_a_body(toxiproxy: Dialect, method: str, path: str) -> None:
    answer = toxiproxy.api.ask(method, path)
    assert (answer.status == 405) == (method not in PATHS[path])
    if answer.status == 405:
        assert answer.body == b""
        assert {*answer.headers["allow"].split(", ")} == PATHS[path]


@pytest.mark.parametrize("method", sorted(ALL))
@pytest.mark.parametrize("path", [f"{path}/" for path in PATHS])
def test_there_is_nothing_behind_a_slash(toxiproxy: Dialect, method: str, path: str) -> None:
    answer = toxiproxy.api.ask(method, path)
    assert answer.status == 404
    assert answer.body == (b"" if method == "HEAD" else b"404 page not found\n")
    assert answer.headers["content-type"] == TEXT


@pytest.mark.parametrize("path", ["/proxies/one/", "/proxies/one/toxics/x/y", "/proxies//toxics", "/populate/x"])
def test_there_is_nothing_there(toxiproxy: Dialect, path: str) -> None:
    assert toxiproxy.api.ask("GET", path).status == 404


@pytest.mark.parametrize("path", PATHS)
def test_browsers_are_turned_away(toxiproxy: Dialect, path: str) -> None:
    method = min(PATHS[path])
    for agent, turned_away in (("Mozilla/5.0 (X11)", True), ("Mozillax", False), ("curl Mozilla/", False)):
        answer = toxiproxy.api.ask(method, path, headers={"User-Agent": agent})
        assert (answer.status == 403) == turned_away
        if turned_away:
            assert (answer.body, answer.headers["content-type"]) == (b"User agent not allowed\n", TEXT)
    assert toxiproxy.api.ask("GET", "/v1/proxies", headers={"User-Agent": "Mozilla/5.0"}).status == 200


def test_every_answer_has_a_number_of_its_own(toxiproxy: Dialect) -> None:
    asked = [("GET", "/proxies"), ("GET", "/proxies/x"), ("PUT", "/version"), ("POST", "/populate"), ("GET", "/reset/")]
    found = [toxiproxy.api.ask(*each).headers["x-toxiproxy-request-id"] for each in asked]
    assert all(re.fullmatch("[0-9a-z]{20}", number) for number in found) and len({*found}) == len(found)
    assert "x-toxiproxy-request-id" not in toxiproxy.api.ask("GET", "/v1").headers


def test_what_goes_well_is_json(toxiproxy: Dialect) -> None:
    for path in ("/proxies", "/proxies/one", "/proxies/one/toxics"):
        answer = toxiproxy.api.ask("GET", path)
        assert answer.headers["content-type"] == "application/json" and answer.body.endswith(b"\n")
        assert b"Logger" not in answer.body
