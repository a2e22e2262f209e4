"""Document: the whole description of the control API, in the words of OpenAPI 3.1."""

from __future__ import annotations

import re
from http import HTTPStatus as Status
from typing import Any

from vaurien.control.openapi import option_schemas
from vaurien.control.openapi.answers import ANSWERS
from vaurien.control.openapi.build import Schema, ref
from vaurien.control.openapi.classic_operations import CLASSIC
from vaurien.control.openapi.native_operations import NATIVE
from vaurien.control.openapi.operation import JSON, Answer, Operation
from vaurien.control.openapi.requests import requests
from vaurien.control.openapi.toxics import toxic_schemas
from vaurien.control.openapi.toxiproxy_operations import TOXIPROXY
from vaurien.control.openapi.toxiproxy_schemas import toxiproxy_schemas
from vaurien.control.wanted import Loaded
from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.session_handlers import SESSION_HANDLERS
from vaurien.version import __version__

OPERATIONS: tuple[Operation, ...] = (*NATIVE, *CLASSIC, *TOXIPROXY)
REFUSALS: dict[Status, str] = {
    Status.BAD_REQUEST: "What is asked for cannot be; nothing has changed",
    Status.UNAUTHORIZED: "The daemon wants a token",
    Status.FORBIDDEN: "Host or Origin is not one of this daemon's",
    Status.NOT_FOUND: "There is no such thing",
    Status.REQUEST_TIMEOUT: "The request has not come whole in time",
    Status.CONFLICT: "The name or the address is taken",
    Status.PRECONDITION_FAILED: "The proxy has changed since the version in If-Match",
    Status.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    Status.REQUEST_URI_TOO_LONG: "The first line is too long",
    Status.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are too large",
    Status.INTERNAL_SERVER_ERROR: "A fault in Vaurien, or in a class of the user's own: the log has more",
    Status.SERVICE_UNAVAILABLE: "There are too many at once",
}
EVERYWHERE = (
    Status.UNAUTHORIZED,
    Status.FORBIDDEN,
    Status.REQUEST_TIMEOUT,
    Status.REQUEST_URI_TOO_LONG,
    Status.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Status.INTERNAL_SERVER_ERROR,
    Status.SERVICE_UNAVAILABLE,
)
ABOUT = """\
All errors are an `Error`, but for those that a request of the classic dialect or of Toxiproxy's gets from its own
addresses. What is no HTTP is answered by 400, an address that there is not by 404, and another method than those here
by 405, with `Allow`. A body is read as JSON whatever its type is said to be. A number or a flag may be a text that
says the same, as it is in an INI file, but not for Toxiproxy's dialect.
"""
HEADERS: dict[str, Any] = {
    "ETag": {"description": "The version of the proxy's settings", "schema": {"type": "string"}, "required": True},
    "Location": {"description": "Where the new proxy is", "schema": {"type": "string"}, "required": True},
}


def parameter(name: str, place: str, description: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "description": description, "schema": schema}


PARAMETERS: dict[str, Any] = {
    "name": parameter("name", "path", "The name of a proxy", {"type": "string", "minLength": 1}),
    "proxy": parameter("proxy", "path", "The name of a proxy", {"type": "string", "minLength": 1}),
    "toxic": parameter("toxic", "path", "The name of a toxic of this proxy", {"type": "string", "minLength": 1}),
    "hold": parameter("hold", "path", "What an answer has as hold", {"type": "integer", "minimum": 0}),
    "handler": parameter("handler", "path", "The name of a handler", {"type": "string"}),
    "ordinal": parameter("ordinal", "path", "The ordinal of a session", {"type": "integer", "minimum": 1}),
    "IfMatch": parameter("If-Match", "header", "An ETag: change nothing if it is another now", {"type": "string"}),
    "OnlyProxy": parameter("proxy", "query", "Only events of this proxy", {"type": "string"}),
    "OnlyType": parameter(
        "type", "query", "Only events of these types", {"type": "array", "items": ref("EventType"), "minItems": 1}
    ),
    "ClassicProxy": parameter(
        "proxy", "query", "Which proxy; needed where there are several, and none is called default", {"type": "string"}
    ),
}


def document(loaded: Loaded) -> dict[str, Any]:
    """The description of a daemon that has loaded this."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = operation_object(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vaurien",
            "version": __version__,
            "summary": "Drives a running TCP chaos proxy",
            "description": ABOUT,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "native", "description": "All that a daemon can do"},
            {"name": "classic", "description": "For tools that were written for the Vaurien of old"},
            {"name": "toxiproxy", "description": "For clients that were written for Toxiproxy"},
            {"name": "service", "description": "For those who watch over the daemon"},
        ],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas(loaded),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": {refusal(status): answer_object(refused(status)) for status in REFUSALS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "If it was given one"}},
        },
    }


def schemas(loaded: Loaded) -> dict[str, Schema]:
    """All schemas, by name."""
    return {
        **ANSWERS,
        **requests(loaded),
        **toxic_schemas(loaded.toxics),
        **toxiproxy_schemas(loaded.toxics),
        "HandlerOptions": option_schemas.by_name(loaded.handlers, HANDLERS, option_schemas.given),
        "HandlerValues": option_schemas.by_name(loaded.handlers, HANDLERS, option_schemas.holding),
        "SessionHandlerOptions": option_schemas.by_name(
            loaded.session_handlers, SESSION_HANDLERS, option_schemas.given
        ),
        "SessionHandlerValues": option_schemas.by_name(
            loaded.session_handlers, SESSION_HANDLERS, option_schemas.holding
        ),
        "HookOptions": option_schemas.by_name(loaded.hooks, HOOKS, option_schemas.given),
        "HookValues": option_schemas.by_name(loaded.hooks, HOOKS, option_schemas.holding),
    }


def refusal(status: Status) -> str:
    """What an error's answer is called in the document."""
    return f"Refusal{int(status)}"


def refused(status: Status) -> Answer:
    return Answer(REFUSALS[status], "Error")


def operation_object(operation: Operation) -> dict[str, Any]:
    """What the document says of one operation."""
    described: dict[str, Any] = {"operationId": operation.id, "summary": operation.summary, "tags": [operation.tag]}
    if operation.description:
        described["description"] = operation.description
    in_path = re.findall(r"{(\w+)}", operation.path)
    if names := (*in_path, *operation.query, *operation.headers):
        described["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    if operation.body:
        media = {JSON: {"schema": ref(operation.body)}}
        if operation.text_body:
            media["text/plain"] = {"schema": ref("Text")}
        described["requestBody"] = {"required": True, "content": media}
    own = {**operation.answers, **operation.own_refusals}
    described["responses"] = {str(int(status)): answer_object(answer) for status, answer in sorted(own.items())}
    common = {*operation.refusals, *EVERYWHERE} - {*own}
    if operation.tokenless:
        described["security"] = []
        common.remove(Status.UNAUTHORIZED)
    for status in sorted(common):
        described["responses"][str(int(status))] = {"$ref": f"#/components/responses/{refusal(status)}"}
    return described


def answer_object(answer: Answer) -> dict[str, Any]:
    """What the document says of one answer."""
    described: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        described["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in answer.headers}
    if answer.schema:
        described["content"] = {media: {"schema": ref(answer.schema)} for media in answer.media}
    if answer.json:
        described["content"][JSON] = {"schema": ref(answer.json)}
    return described
