"""Operation: one method of one path, as it is declared for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """An answer: what it says, the name of its schema ("" for no body), its media types, and its headers. `json` is
    the name of the schema that it has where it is JSON, if that is another."""

    description: str
    schema: str = ""
    headers: tuple[str, ...] = ()
    media: tuple[str, ...] = (JSON,)
    json: str = ""


@dataclass(frozen=True)
class Operation:
    """What one method of one path takes and answers.

    `body` and `query` are names of schemas and of parameters. `refusals` are the status codes of its errors, besides
    those that every operation has. `text_body` says that a plain text serves as the body, too; `tokenless` that it
    needs no token.
    """

    method: str
    path: str
    id: str
    summary: str
    answers: Mapping[HTTPStatus, Answer]
    refusals: tuple[HTTPStatus, ...] = ()
    body: str = ""
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    description: str = ""
    text_body: bool = False
    tag: str = "native"
    tokenless: bool = False
    own_refusals: Mapping[HTTPStatus, Answer] = field(default_factory=dict)
