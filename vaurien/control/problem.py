"""Problem: what the answer to a request says that cannot be done."""

from __future__ import annotations

import json


def problem(where: str, message: str) -> bytes:
    """The body of such an answer, as JSON. `where` is the part of the request that is at fault, "" for all of it."""
    return json.dumps({"error": {"where": where, "message": message}}).encode()
