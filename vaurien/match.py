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
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from ipaddress import ip_address, ip_network
from typing import Any

from vaurien.glob import ANY, ONE, Glob

OF_ALL = ("bytes", "client", "session")
"""The keys that there are whatever the protocol is."""
OF_MESSAGES = "command"
"""The key that every protocol has."""
NAMED = "header"
"""The key whose value begins with a name: ``header:NAME=VALUE``."""
LONGEST = 4000
"""A match has at most so many characters."""
EXACT = frozenset(("bytes", "path", "key", "header"))
"""The keys in whose values case counts, and every blank."""
FORM = "write KEY:VALUE … such as method:POST path:/orders/*"
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SPECIAL = {"n": "\n", "r": "\r", "t": "\t"}
REMEMBERED = 256
"""So many values at most of one condition are remembered, with whether they are what it means."""
ORDINALS = re.compile(r"([0-9]{1,18})(?:(-)([0-9]{1,18})?)?")

Test = Callable[[Any], bool]
"""Takes a `vaurien.sight.Sight`."""


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
        object.__setattr__(self, "holds", _all_of([term.holds for term in self.terms]))

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


def match(value: Any) -> Match:
    """A match such as ``method:POST path:/orders/*``.

    The type of the option; nothing means all calls. Raises `ValueError` that says where what is wrong.
    """
    if isinstance(value, Match):
        return value
    if not isinstance(value, str):
        raise ValueError(f"expected a text, not {value!r}: {FORM}")
    if len(value) > LONGEST:
        raise ValueError(f"a match of {len(value)} characters is too long: it has {LONGEST} at most")
    terms = tuple(_Reader(value).terms())
    text = value.strip()
    return Match(value.lstrip() if text.endswith("\\") else text, terms)  # a blank at the end may be meant


class _Reader:
    """Reads the terms of a text, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def terms(self) -> Iterable[Term]:
        while self._skip_blanks():
            place = self.at + 1
            negated = self.text[self.at] == "!"
            self.at += negated
            found = KEY.match(self.text, self.at)
            if found is None or self.text[found.end() : found.end() + 1] != ":":
                raise self._wrong(self.at, f"expected a key and a colon, not {self._word()!r}")
            self.at = found.end() + 1
            key = found[0].lower()
            test = _any_of([_one(key, value, partial(self._wrong, at)) for at, value in self._values()])
            yield Term(key, place, _not(test) if negated else test)

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
        return ValueError(f"{problem} at character {at + 1}: {FORM}")


Wrong = Callable[[str], ValueError]


def _not(test: Test) -> Test:
    return lambda sight: not test(sight)


def _all_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def holds(sight: Any) -> bool:
        for test in tests:  # noqa: SIM110 - a generator for each call would cost more than most tests
            if not test(sight):
                return False
        return True

    return holds


def _any_of(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda sight: any(test(sight) for test in tests)


def _one(key: str, tokens: list[str | None], wrong: Wrong) -> Test:
    """Asks for one value of a key."""
    if key == "client":
        return _client(_plain(tokens), wrong)
    if key == "session":
        return _session(_plain(tokens), wrong)
    if key == "bytes":
        of_bytes = Glob(tokens, binary=True)
        return lambda sight: of_bytes.matches(sight.data)
    if key == NAMED:
        return _header(tokens, wrong)
    if key in EXACT:
        matches = lru_cache(REMEMBERED)(Glob(tokens).matches)
    else:
        loose = Glob(_loosened(tokens))
        matches = lru_cache(REMEMBERED)(lambda value: loose.matches(" ".join(value.lower().split())))
    return lambda sight: (value := sight.field(key)) is not None and matches(value)


def _plain(tokens: list[str | None]) -> str:
    return "".join({ANY: "*", ONE: "?"}.get(token, token) or "" for token in tokens)


def _loosened(tokens: list[str | None]) -> list[str | None]:
    """In lower case, with one blank for each run of them, and none at the ends."""
    loose: list[str | None] = []
    for token in tokens:
        if token and token.isspace():
            if loose and loose[-1] != " ":
                loose.append(" ")
        else:
            loose += list(token.lower()) if token else [token]
    return loose[:-1] if loose and loose[-1] == " " else loose


def _client(text: str, wrong: Wrong) -> Test:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise wrong(f"expected an address or a network such as 10.0.0.0/8, not {text!r}") from None

    def within(sight: Any) -> bool:
        try:
            address = ip_address(sight.host.partition("%")[0])
        except ValueError:  # a Unix socket has none
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return (mapped or address) in network

    return within


def _session(text: str, wrong: Wrong) -> Test:
    found = ORDINALS.fullmatch(text)
    if not found or not int(found[1]) or (found[3] and int(found[3]) < int(found[1])):
        raise wrong(f"expected an ordinal such as 3, 3-5 or 10-, not {text!r}")
    low = int(found[1])
    high = int(found[3]) if found[3] else None if found[2] else low
    return lambda sight: low <= sight.ordinal and (high is None or sight.ordinal <= high)


def _header(tokens: list[str | None], wrong: Wrong) -> Test:
    """``NAME=VALUE``, or ``NAME`` alone for any value."""
    place = tokens.index("=") if "=" in tokens else len(tokens)
    name = _plain(tokens[:place]).strip().lower()
    if not re.fullmatch(r"[!#$%&'+.^_`|~0-9a-z-]+", name):
        raise wrong(f"expected NAME=VALUE, not {_plain(tokens)!r}")
    key, glob = f"{NAMED}:{name}", Glob(tokens[place + 1 :] if place < len(tokens) else [ANY])
    return lambda sight: (value := sight.field(key)) is not None and glob.matches(value)
