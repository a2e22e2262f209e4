"""The OpenAPI document says all that the control API does, and the control API does all that it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from falcon import inspect
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.control.controlled import Controlled, controlled
from tests.peers import Backend
from tests.program import ROOT
from vaurien.control.app import make_app
from vaurien.control.openapi.build import ref
from vaurien.handlers import BUILT_IN
from vaurien.options import Option


@pytest.fixture
def document(api: Controlled) -> dict[str, Any]:
    status, headers, found = api.call("GET", "/v1/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    return found  # type: ignore[no-any-return]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    errors = [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert errors == []


def test_every_route_is_in_it_and_every_path_is_a_route(api: Controlled, document: dict[str, Any]) -> None:
    app = api.running.do(lambda: make_app(api.control))
    routes = {
        (re.sub(r":[^}]*", "", route.path), method.method.lower())
        for route in inspect.inspect_routes(app)
        for method in route.methods
        if not method.internal
    }
    assert {(path, method) for path, method, _ in operations(document)} == routes
    assert len(routes) > 25


def test_every_name_in_it_stands_for_something(document: dict[str, Any]) -> None:
    used = set(re.findall(r"'\$ref': '#/components/(\w+)/([\w.-]+)'", str(document)))
    there = {(kind, name) for kind, names in document["components"].items() for name in names}
    assert used <= there
    told_elsewhere = {("schemas", "Event"), ("securitySchemes", "token")}
    assert there - used == told_elsewhere
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))


def test_options_of_handlers_are_those_of_their_declarations(document: dict[str, Any]) -> None:
    found = document["components"]["schemas"]["HandlerOptions"]["properties"]
    assert set(found) == {handler.name for handler in BUILT_IN}
    for handler in BUILT_IN:
        schema = found[handler.name]
        assert schema["additionalProperties"] is False
        assert set(handler.options) <= set(schema["properties"]) <= {*handler.options, "direction", "match"}
    sleep = found["delay"]["properties"]["sleep"]
    assert sleep == {
        "type": "number",
        "default": 1.0,
        "minimum": 0,
        "x-unit": "seconds",
        "description": "Delay in seconds: a number of seconds, 0 or more",
    }
    assert found["delay"]["properties"]["distribution"]["enum"][0] == "uniform"
    assert found["delay"]["properties"]["before"]["type"] == "boolean"
    assert found["drip"]["properties"]["bytes"]["type"] == "integer"


def test_limits_of_a_proxy_are_those_of_its_declaration(document: dict[str, Any]) -> None:
    properties = document["components"]["schemas"]["ProxyChange"]["properties"]
    assert properties["timeout"]["minimum"] == 0.001
    assert (properties["max_sessions"]["type"], properties["max_sessions"]["minimum"]) == ("integer", 0)
    assert properties["behavior"] == ref("BehaviorText")


def test_a_handler_of_the_operators_is_in_it(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, f"20:{__name__}.Odd") as api:
        status, _, found = api.call("GET", "/v1/openapi.json")
        assert status == 200
        assert [error.message for error in OpenAPIV31SpecValidator(found).iter_errors()] == []
        options = found["components"]["schemas"]["HandlerOptions"]["properties"]["odd"]["properties"]
        assert options["port"] == {"description": "Any: a port of its own", "default": 1}
        assert options["word"] == {"description": "What to say: a text", "type": "string"}
        values = found["components"]["schemas"]["HandlerValues"]["properties"]["odd"]["properties"]
        assert values["word"]["type"] == ["string", "null"]


def port(value: Any) -> int:
    """A port of its own."""
    return int(value)


class Odd:
    """A handler with options of all kinds."""

    name = "odd"
    options = {
        "port": ("Any", port, 1),
        "word": ("What to say", str, None),
        "much": Option("How much", float, 2.5, minimum=1, maximum=3),
    }

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        (backend_sock if to_backend else client_sock).sendall((client_sock if to_backend else backend_sock).recv(1000))


def test_every_operation_is_in_the_reference(document: dict[str, Any]) -> None:
    pages = "\n".join(page.read_text() for page in (ROOT / "docs" / "reference").glob("*.rst"))
    for path, method, _ in operations(document):
        said = rf"``{method.upper()} {re.escape(path)}``|``{re.escape(path)}`` +{method.upper()}\b"
        assert re.search(said, pages), f"{method.upper()} {path} is in no page of the reference"
