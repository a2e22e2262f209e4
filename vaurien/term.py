"""Term: what one condition of a match asks of a call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from vaurien.glob import ANY, ONE, Glob

NAMED = "header"
"""The key whose value begins with a name: ``header:NAME=VALUE``."""
EXACT = frozenset(("bytes", "path", "key", "header"))
"""The keys in whose values case counts, and every blank."""
REMEMBERED = 256
"""So many values at most of one condition are remembered, with whether they are what it means."""
ORDINALS = re.compile(r"([0-9]{1,18})(?:(-)([0-9]{1,18})?)?")

Test = Callable[[Any], bool]
"""Takes a `vaurien.sight.Sight`."""
Means = Callable[[Any], bool]
"""Takes a value, as a call has it: a text, an ordinal or bytes."""
Wrong = Callable[[str], ValueError]
"""Makes an error of a problem."""


def negated(test: Test) -> Test:
    """The contrary."""
    return lambda sight: not test(sight)


def all_of(tests: list[Test]) -> Test:
    """Whether all hold; it does if there are none."""
    if len(tests) == 1:
        return tests[0]

    def holds(sight: Any) -> bool:
        for test in tests:  # noqa: SIM110 - a generator for each call would cost more than most tests
            if not test(sight):
                return False
        return True

    return holds


def one_of(key: str, values: Iterable[tuple[list[str | None], Wrong]]) -> Test:
    """Whether a call has one of these values of a key. Each is written in the tokens of a glob; what is wrong with it
    is raised as its `Wrong` makes it."""
    meant: dict[str, list[Means]] = {}
    for tokens, wrong in values:
        source, means = _meaning(key, tokens, wrong)
        meant.setdefault(source, []).append(means)
    tests = [_asks(source, _any_of(means)) for source, means in meant.items()]
    return tests[0] if len(tests) == 1 else lambda sight: any(test(sight) for test in tests)


def _any_of(means: list[Means]) -> Means:
    return means[0] if len(means) == 1 else lambda value: any(one(value) for one in means)


def _meaning(key: str, tokens: list[str | None], wrong: Wrong) -> tuple[str, Means]:
    """Where the value comes from that one of a key's values is compared with, and what it means."""
    if key == "client":
        return key, _client(_plain(tokens), wrong)
    if key == "session":
        return key, _session(_plain(tokens), wrong)
    if key == NAMED:
        return _header(tokens, wrong)
    if key in EXACT:
        return key, Glob(tokens, binary=key == "bytes").matches
    loose = Glob(_loosened(tokens))
    return key, lambda value: loose.matches(" ".join(value.lower().split()))


def _asks(source: str, means: Means) -> Test:
    """Whether the value that a call has there is meant. Each is asked once: a call gets through here in a few steps."""
    if source == "bytes":
        return lambda sight: means(sight.data)
    if source == "session":
        return lambda sight: means(sight.ordinal)
    means = lru_cache(REMEMBERED)(means)
    if source == "client":
        return lambda sight: means(sight.host)
    return _command(means) if source == "command" else _field(source, means)


def _command(means: Means) -> Test:
    def holds(sight: Any) -> bool:
        message = sight.message
        if message is None:
            return False
        request = message.request
        return means((message if request is None else request).command)

    return holds


def _field(key: str, means: Means) -> Test:
    """A reply has what its request has, too."""

    def holds(sight: Any) -> bool:
        message = sight.message
        if message is None:
            return False
        value = message.fields.get(key)
        if value is None:
            request = message.request
            if request is None or (value := request.fields.get(key)) is None:
                return False
        return means(value)

    return holds


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


def _client(text: str, wrong: Wrong) -> Means:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise wrong(f"expected an address or a network such as 10.0.0.0/8, not {text!r}") from None

    def within(host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:  # a Unix socket has none
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return (mapped or address) in network

    return within


def _session(text: str, wrong: Wrong) -> Means:
    found = ORDINALS.fullmatch(text)
    if not found or not int(found[1]) or (found[3] and int(found[3]) < int(found[1])):
        raise wrong(f"expected an ordinal such as 3, 3-5 or 10-, not {text!r}")
    low = int(found[1])
    high = int(found[3]) if found[3] else None if found[2] else low
    return lambda ordinal: low <= ordinal and (high is None or ordinal <= high)


def _header(tokens: list[str | None], wrong: Wrong) -> tuple[str, Means]:
    """``NAME=VALUE``, or ``NAME`` alone for any value."""
    place = tokens.index("=") if "=" in tokens else len(tokens)
    name = _plain(tokens[:place]).strip().lower()
    if not re.fullmatch(r"[!#$%&'+.^_`|~0-9a-z-]+", name):
        raise wrong(f"expected NAME=VALUE, not {_plain(tokens)!r}")
    return f"{NAMED}:{name}", Glob(tokens[place + 1 :] if place < len(tokens) else [ANY]).matches
