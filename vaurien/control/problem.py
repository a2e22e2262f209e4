"""Problem: what the answer to a request says that cannot be done."""

from __future__ import annotations

import json
from typing import Any


def problem(where: str, message: str) -> bytes:
    """The body of such an answer, as JSON. `where` is the part of the request that is at fault, "" for all of it."""
    return line({"error": {"where": where, "message": message}}).encode()


def line(answer: Any) -> str:
    """An answer as JSON, with an end of line: on a terminal the next word begins a new one."""
    return json.dumps(answer, ensure_ascii=False) + "\n"
