"""Decoding: JSON as Go's ``encoding/json`` takes it from a stream.

Keys are matched without regard to case, unknown ones and what stands behind the value are passed over, null is the
same as nothing; types are strict: a whole number has no point and no exponent, and is no text.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from vaurien.control.body import check_depth
from vaurien.control.toxiproxy.refusal import Refusal

INT64 = 1 << 63
BEGUN = ("true", "false", "null", "-")
"""What a value may have begun to be where the text ends too soon."""
NUMBER_GOES_ON = re.compile(r"\.|[eE][+-]?")
ESCAPE_BEGUN = re.compile(r"u[0-9A-Fa-f]{0,4}")
NAMES = {str: "string", list: "array", dict: "object", object: "null"}


class Float(float):
    """A number with a point or an exponent, and how it was written."""

    def __new__(cls, text: str) -> Float:
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


def decoded(data: bytes) -> Any:
    """The first value in `data`. Raises `Refusal`."""
    text = data.decode("utf-8", errors="replace").lstrip(" \t\r\n")
    if not text:
        raise bad_body("EOF")
    try:
        value, _ = DECODER.raw_decode(text)
        check_depth(value)
    except json.JSONDecodeError as exc:
        if _is_cut(exc.msg, text[: exc.pos], text[exc.pos :].rstrip()):
            raise bad_body("unexpected EOF") from exc
        raise bad_body(f"invalid character {text[exc.pos]!r} at byte {exc.pos + 1}") from exc
    except (ValueError, RecursionError) as exc:
        raise bad_body(str(exc)) from exc
    return whole(value) if "\\u" in text else value


def _is_cut(problem: str, before: str, rest: str) -> bool:
    """Whether the `rest` of a text, at which Python's decoder has this `problem`, could have gone on to be good."""
    if problem == "Expecting value":
        return any(word.startswith(rest) for word in BEGUN)
    if "escape" in problem:
        return ESCAPE_BEGUN.fullmatch(rest) is not None
    number = before[-1:].isdigit() and NUMBER_GOES_ON.fullmatch(rest) is not None
    return not rest or number or problem.startswith("Unterminated")


def whole(value: Any) -> Any:
    """The value with a replacement character for each half of a surrogate pair, which no answer could have."""
    if isinstance(value, str):
        return HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [whole(part) for part in value]
    return {whole(key): whole(part) for key, part in value.items()} if isinstance(value, dict) else value


def _no_number(text: str) -> Any:
    raise ValueError(f"invalid character {text[0]!r} looking for beginning of value")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values for one key the last holds, and stands last; null is none."""
    found: dict[str, Any] = {}
    for key, part in pairs:
        if part is not None:
            found.pop(key, None)
            found[key] = part
    return found


HALF = re.compile("[\ud800-\udfff]")
DECODER = json.JSONDecoder(parse_float=Float, parse_constant=_no_number, object_pairs_hook=_object)


def fields(value: Any, kinds: Mapping[str, str], place: str) -> dict[str, Any]:
    """What an object has of `kinds`, which are types of Go by key. `place` is what it is called. Raises `Refusal`."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_body(f"json: cannot unmarshal {kind(value)} into Go value of type {place}")
    folded = {key.lower(): key for key in kinds}
    found: dict[str, Any] = {}
    for key, part in value.items():
        name = key if key in kinds else folded.get(key.lower())
        if name is not None and part is not None:
            found[name] = _typed(part, kinds[name], f"{place}.{name}")
    return found


def _typed(value: Any, wanted: str, place: str) -> Any:
    good = {
        "string": isinstance(value, str),
        "bool": isinstance(value, bool),
        "float64": isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max,
        "int64": isinstance(value, int) and not isinstance(value, bool) and -INT64 <= value < INT64,
        "map": isinstance(value, dict),
        "slice": isinstance(value, list),
    }
    if not good[wanted]:
        number = kind(value) == "number" and wanted in ("int64", "float64")
        text = f" {getattr(value, 'text', value)}"[:60] if number else ""
        raise bad_body(f"json: cannot unmarshal {kind(value)}{text} into Go struct field {place} of type {wanted}")
    return float(value) if wanted == "float64" else value


def kind(value: Any) -> str:
    """What Go calls a value of JSON."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return next(name for known, name in NAMES.items() if isinstance(value, known))


def bad_body(problem: str, status: int = 400) -> Refusal:
    return Refusal(status, f"bad request body: {problem}")
