"""Chaos: the proxy that the demo puts before its backend, and what its handlers do, in words."""

from __future__ import annotations

from dataclasses import dataclass

from vaurien import config
from vaurien.address import Address
from vaurien.daemon import Daemon
from vaurien.demo.client import Kind
from vaurien.ini import Given

BEHAVIOR = "20:delay,5:error,5:abort"
DELAY = 0.15
"""What ``delay`` waits, in seconds: late for the client, and apart from all else in the histogram."""


@dataclass(frozen=True)
class Effect:
    """What a handler does, in a few words and in fewer, and what the client sees of it."""

    does: str
    short: str
    seen: Kind


EFFECTS = {
    "delay": Effect(f"holds a request {DELAY * 1000:g} ms", f"{DELAY * 1000:g} ms late", Kind.LATE),
    "error": Effect("answers with random bytes", "random bytes", Kind.GARBAGE),
    "abort": Effect("resets the connection", "resets", Kind.RESET),
}


def daemon_before(backend: Address) -> Daemon:
    """A daemon with one proxy, on a free port of 127.0.0.1, before `backend`. The caller starts and stops it."""
    values = {
        "vaurien": {
            "local": "127.0.0.1:0",
            "distant": str(backend),
            "behavior": BEHAVIOR,
            "shutdown_timeout": "1",
        },
        "handler:delay": {"sleep": str(DELAY)},
    }
    sections = {
        section: {name: Given(text, "the demo") for name, text in options.items()}
        for section, options in values.items()
    }
    return Daemon(config.build({}, sections))
