"""Match: which calls a handler is limited to, as users write it: ``method:POST path:/orders/*``.

::

    match  = term, blanks, term…          all of them must hold
    term   = [!] KEY:VALUE[,VALUE…]       one of the values; ! turns it round
    VALUE  = characters, with * for any of them and ? for one

A value with blanks or commas stands in double quotes; a backslash takes the next character as it is, ``\\xNN`` is a
byte, ``\\n``, ``\\r`` and ``\\t`` are what they are in Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from vaurien.glob import ANY, ONE
from vaurien.term import Test, all_of, negated, one_of

OF_ALL = ("bytes", "client", "session")
"""The keys that there are whatever the protocol is."""
OF_MESSAGES = "command"
"""The key that every protocol has."""
LONGEST = 4000
"""A match has at most so many characters."""
EXAMPLE = "method:POST path:/orders/*"
QUOTED = " (a value with blanks stands in double quotes)"
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SPECIAL = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True)
class Term:
    """One condition. `place` is where it begins in the text, from 1; `holds` asks it of a sight."""

    key: str
    place: int
    holds: Test = field(compare=False)


@dataclass(frozen=True)
class Match:
    """All `terms` must hold. Without any it is false, and means all calls. `holds` asks a sight whether the call is one
    of those that are meant."""

    text: str = ""
    terms: tuple[Term, ...] = field(default=(), compare=False)
    holds: Test = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", all_of([term.holds for term in self.terms]))

    def check(self, keys: Iterable[str], of: str) -> None:
        """Raises `ValueError` for the first key that is neither one of `keys`, which is what `of` has, nor of all."""
        known = (*keys, *OF_ALL)
        for term in self.terms:
            if term.key not in known:
                raise ValueError(f"unknown key {term.key!r} at character {term.place}: {of} has {', '.join(known)}")

    @property
    def looks_at_bytes(self) -> bool:
        """Whether it depends on what the call's bytes are."""
        return any(term.key == "bytes" for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return self.text


def match(value: Any, example: str = EXAMPLE) -> Match:
    """A match such as ``method:POST path:/orders/*``.

    The type of the option; nothing means all calls. Raises `ValueError` that says where what is wrong, and has an
    `example`.
    """
    if isinstance(value, Match):
        return value
    if not isinstance(value, str):
        raise ValueError(f"expected a text, not {value!r}: write KEY:VALUE … such as {example}")
    if len(value) > LONGEST:
        raise ValueError(f"a match of {len(value)} characters is too long: it has {LONGEST} at most")
    terms = tuple(_Reader(value, example).terms())
    text = value.strip()
    return Match(value.lstrip() if text.endswith("\\") else text, terms)  # a blank at the end may be meant


class _Reader:
    """Reads the terms of a text, from left to right."""

    def __init__(self, text: str, example: str) -> None:
        self.text = text
        self.example = example
        self.at = 0

    def terms(self) -> Iterable[Term]:
        while self._skip_blanks():
            place = self.at + 1
            turned = self.text[self.at] == "!"
            self.at += turned
            found = KEY.match(self.text, self.at)
            if found is None or self.text[found.end() : found.end() + 1] != ":":
                raise self._wrong(
                    self.at, f"expected a key and a colon, not {self._word()!r}{QUOTED if place > 1 else ''}"
                )
            self.at = found.end() + 1
            key = found[0].lower()
            test = one_of(key, ((value, partial(self._wrong, at)) for at, value in self._values()))
            yield Term(key, place, negated(test) if turned else test)

    def _skip_blanks(self) -> bool:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at < len(self.text)

    def _values(self) -> Iterable[tuple[int, list[str | None]]]:
        """Where each begins, and its tokens of a glob."""
        while True:
            start = self.at
            tokens = self._value()
            if self.at == start:
                raise self._wrong(start, "expected a value")
            yield start, tokens
            if self.text[self.at : self.at + 1] != ",":
                return
            self.at += 1

    def _value(self) -> list[str | None]:
        tokens: list[str | None] = []
        start, quoted = self.at, False
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == '"':
                quoted = not quoted
            elif not quoted and (letter.isspace() or letter == ","):
                break
            elif letter == "\\":
                tokens.append(self._escaped())
            else:
                tokens.append({"*": ANY, "?": ONE}.get(letter, letter))
            self.at += 1
        if quoted:
            raise self._wrong(self.text.index('"', start), "this quote is never closed")
        return tokens

    def _escaped(self) -> str:
        """The character behind a backslash, on whose last one `at` is left."""
        self.at += 1
        letter = self.text[self.at : self.at + 1]
        if not letter:
            raise self._wrong(self.at - 1, "a backslash at the end")
        if letter == "x":
            digits = self.text[self.at + 1 : self.at + 3]
            if not re.fullmatch("[0-9A-Fa-f]{2}", digits):
                raise self._wrong(self.at + 1, f"expected two hexadecimal digits behind \\x, not {digits!r}")
            self.at += 2
            byte = int(digits, 16)
            return chr(byte) if byte < 0x80 else bytes([byte]).decode("utf-8", "surrogateescape")
        return SPECIAL.get(letter, letter)

    def _word(self) -> str:
        """What stands there, up to the next blank."""
        return "".join(self.text[self.at :].split(maxsplit=1)[:1])[:40]

    def _wrong(self, at: int, problem: str) -> ValueError:
        return ValueError(f"{problem} at character {at + 1}: write KEY:VALUE … such as {self.example}")
