"""The ``limit`` hook: turns clients away."""

from __future__ import annotations

import ipaddress
import re
import time
from typing import Any

from vaurien.hooks.base import Hook
from vaurien.hooks.message import Claim, Reply
from vaurien.options import Option, words

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: Any) -> tuple[Network, ...]:
    """A list of networks such as 10.0.0.0/8,::1/128.

    The type of the option `networks`.
    """
    found = []
    for word in words(text):
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError as exc:
            raise ValueError(f"{word!r} is no network such as 10.0.0.0/8 or fd00::/8: {exc}") from exc
    return tuple(found)


def escaped(text: Any) -> str:
    """A text, in which \\r, \\n, \\t and \\\\ stand for what they do in Python.

    The type of the option `answer`.
    """
    if not isinstance(text, str):
        raise ValueError("expected a text")
    return re.sub(r"\\([rnt\\])", lambda match: ESCAPES[match[1]], text)


ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}


class Limit(Hook):
    """Turns away clients that are not in one of `networks`, and those that come more often than `rate` a second.

    Who is turned away gets `answer` and the end of the stream; the backend is never contacted. A client on a Unix
    socket is in every network. The rate is a token bucket: `burst` clients may come at once, and as many more as time
    has passed for.
    """

    name = "limit"
    options = {
        "networks": Option("Who may come, as 10.0.0.0/8, ::1/128; empty for everybody", networks, ()),
        "rate": Option("So many sessions a second; 0 for no limit", float, 0.0, minimum=0),
        "burst": Option("So many sessions at once before the rate holds", int, 1, minimum=1),
        "answer": Option("What is said to who is turned away", escaped, ""),
    }

    def __init__(self, settings: Any = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        self.tokens = float(self.option("burst"))
        self.filled_at = time.monotonic()

    def session_started(self, session: Any) -> Claim:
        if self.known(session.client_address) and self.in_time():
            return None
        return Reply(self.option("answer").encode())

    def known(self, client_address: Any) -> bool:
        """Whether the client is in one of the networks."""
        allowed: tuple[Network, ...] = self.option("networks")
        if not allowed or not isinstance(client_address, tuple):
            return True
        address = ipaddress.ip_address(client_address[0].partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in allowed)

    def in_time(self) -> bool:
        """Whether the rate lets one more in now; if so, it is counted."""
        rate: float = self.option("rate")
        if not rate:
            return True
        now = time.monotonic()
        self.tokens = min(float(self.option("burst")), self.tokens + (now - self.filled_at) * rate)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True
