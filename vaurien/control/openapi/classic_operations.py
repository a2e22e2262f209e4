"""The operations of the dialect of old."""

from __future__ import annotations

from http import HTTPStatus as Status

from vaurien.control.openapi.operation import Answer, Operation

WRONG = {Status.BAD_REQUEST: Answer("The request is wrong, and nothing has changed", "ClassicErrors")}
OK = Answer("It holds from the next call on", "ClassicOk")
TEXT = ("text/plain",)
BODY = (Status.REQUEST_ENTITY_TOO_LARGE,)


def classic(method: str, path: str, id: str, summary: str, answer: Answer, body: str = "") -> Operation:
    """An operation on the proxy that ``?proxy=`` names, or the only one, or the one called ``default``."""
    return Operation(
        method, path, id, summary, {Status.OK: answer}, BODY if body else (), body, ("ClassicProxy",),
        tag="classic", own_refusals=WRONG, text_body=path == "/handler",
    )  # fmt: skip


CLASSIC: tuple[Operation, ...] = (
    classic(
        "get", "/behavior", "classicBehavior", "What is in use",
        Answer("The name of a handler, or weights", "ClassicBehavior"),
    ),
    classic("put", "/behavior", "classicSetBehavior", "Set what is in use", OK, "ClassicChoice"),
    classic("post", "/behavior", "classicPostBehavior", "The same as PUT", OK, "ClassicChoice"),
    Operation(
        "get", "/behaviors", "classicBehaviors", "What can be chosen",
        {Status.OK: Answer("The names, sorted", "ClassicBehaviors")}, tag="classic",
    ),
    classic(
        "get", "/backend", "classicBackend", "Where the proxy sends",
        Answer("The address", "ClassicBackend"),
    ),
    classic(
        "put", "/backend", "classicSetBackend", "Set where the proxy sends",
        Answer("It holds from the next session on", "ClassicOk"), "ClassicBackend",
    ),
    classic(
        "get", "/handler", "classicHandler", "What is in use, as plain text",
        Answer("The name of a handler, or weights", "Text", media=TEXT),
    ),
    classic(
        "post", "/handler", "classicSetHandler", "Set what is in use, by a name in plain text or as for PUT /behavior",
        Answer("It holds from the next call on", "ClassicTextOk", media=TEXT), "ClassicChoice",
    ),
    Operation(
        "get", "/handlers", "classicHandlers", "What can be chosen",
        {Status.OK: Answer("The names, sorted", "ClassicHandlers")}, tag="classic",
    ),
)  # fmt: skip
