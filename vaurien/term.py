"""Term: what one condition of a match asks of a call."""

from __future__ import annotations

import re
from collections.abc import Callable
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
Wrong = Callable[[str], ValueError]


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


def any_of(tests: list[Test]) -> Test:
    """Whether one of them holds."""
    return tests[0] if len(tests) == 1 else lambda sight: any(test(sight) for test in tests)


def one(key: str, tokens: list[str | None], wrong: Wrong) -> Test:
    """Whether a call has one value of a key, which is written in the `tokens` of a glob. Raises what `wrong` makes of a
    problem."""
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
    return _command(matches) if key == "command" else _field(key, matches)


def _command(matches: Callable[[str], bool]) -> Test:
    def holds(sight: Any) -> bool:
        message = sight.message
        if message is None:
            return False
        request = message.request
        return matches((message if request is None else request).command)

    return holds


def _field(key: str, matches: Callable[[str], bool]) -> Test:
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
        return matches(value)

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
    glob = Glob(tokens[place + 1 :] if place < len(tokens) else [ANY])
    return _field(f"{NAMED}:{name}", glob.matches)
