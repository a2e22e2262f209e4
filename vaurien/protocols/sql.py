"""What a statement of SQL is called."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_QUERY = 4096
"""Bytes of a statement that are looked at, and that a message's fields hold."""
LONGEST_NAME = 80
"""Characters of a statement that its name has in full."""
MOST_KNOWN = 500
"""Statements whose names are kept, as they come again."""

COMMENT = re.compile(r"\s*(?:/\*.*?\*/|--[^\n]*(?:\n|$)|\()", re.DOTALL)
FROM = re.compile(r"\bFROM\s+([^\s,;()]+)", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z]+")


class Statement(NamedTuple):
    """How a message is named. `query` is the text of the statement that it runs, or the beginning of a long one."""

    name: str
    command: str
    query: str

    @property
    def fields(self) -> dict[str, str]:
        return {"query": self.query, "command": self.command} if self.query else {"command": self.command}

    def about(self, word: str) -> Statement:
        """How a message is named that does something else with this statement, and does not run it."""
        return Statement(f"{word} {self.name}", word.upper(), "")


class Statements:
    """Names statements, and remembers those that it has named."""

    def __init__(self) -> None:
        self._known: dict[bytes, Statement] = {}

    def named(self, text: bytes) -> Statement:
        """The statement that begins with `text`, of which the first `LONGEST_QUERY` bytes count."""
        known = self._known.get(text)
        if known is None:
            known = statement(text[:LONGEST_QUERY])
            if len(text) < LONGEST_QUERY:
                if len(self._known) >= MOST_KNOWN:
                    self._known.clear()
                self._known[text] = known
        return known


def statement(text: bytes) -> Statement:
    query = text.decode("utf-8", "backslashreplace")
    start = query
    while (comment := COMMENT.match(start)) is not None:
        start = start[comment.end() :]
    folded = " ".join(start.split())
    if not folded.isprintable():
        folded = folded.encode("unicode_escape").decode("ascii")
    word = WORD.match(folded)
    return Statement(_shortened(folded) or "empty query", word[0].upper() if word else "", query)


def _shortened(folded: str) -> str:
    """At most `LONGEST_NAME` characters: of a long ``SELECT``, where from."""
    if len(folded) <= LONGEST_NAME:
        return folded
    source = FROM.search(folded) if folded[:6].upper() == "SELECT" else None
    if source is not None:
        return f"{folded[:6]} … {source[0][: LONGEST_NAME - 9]}"
    return folded[: LONGEST_NAME - 2] + " …"
