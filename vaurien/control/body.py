"""Body: what a request brings, as a JSON object."""

from __future__ import annotations

import json
import math
from typing import Any

import falcon

from vaurien.errors import ConfigError

DEPTH = 20
"""So deep a body may be."""


def json_object(req: falcon.Request) -> dict[str, Any]:
    """The body of a request, whatever its Content-Type says.

    Raises `ConfigError` if it is no JSON object in UTF-8, or says anything twice.
    """
    return parsed(req.stream.read())


def parsed(data: bytes) -> dict[str, Any]:
    """The same for a body that was read already."""
    if not data.strip():
        raise ConfigError("body", "expected a JSON object, and there is no body")
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_object, parse_float=_finite, parse_constant=_finite)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair has no place in a log or an answer
        check_depth(value)
    except RecursionError as exc:
        raise ConfigError("body", "expected a JSON object: this one is too deep") from exc
    except ValueError as exc:
        raise ConfigError("body", f"expected a JSON object: {exc}") from exc
    if not isinstance(value, dict):
        raise ConfigError("body", f"expected a JSON object, not {_kind(value)}")
    return value


def check_depth(value: Any) -> None:
    """Raises `ValueError` for what is nested deeper than anything that there is."""
    layer = [value]
    for _ in range(DEPTH):
        layer = [part for whole in layer for part in _parts(whole)]
    if layer:
        raise ValueError(f"it is more than {DEPTH} deep")


def _parts(whole: Any) -> list[Any]:
    if isinstance(whole, dict):
        return list(whole.values())
    return whole if isinstance(whole, list) else []


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"{twice!r} is there twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return number


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else repr(value)[:40]
