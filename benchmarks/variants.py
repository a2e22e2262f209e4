"""The variants of Vaurien whose calls are measured, from plain `dummy` to a handler for every call."""

import functools
from dataclasses import dataclass

from benchmarks.peers import Peer
from benchmarks.run_haproxy import HAPROXY
from benchmarks.run_vaurien import vaurien

HOOKS = "benchmarks.extensions"
HANDLER = "benchmarks.extensions.Relaying"


@dataclass(frozen=True)
class Variant:
    """A proxy and what the table calls it.

    `calls` are those of a request, on average, on which something else than the event loop works: a request and its
    answer are two calls, one each way. None for HAProxy, which has no calls. `arguments` are Vaurien's.
    """

    peer: Peer
    title: str
    calls: float | None = None
    arguments: tuple[str, ...] = ()


def _variant(name: str, title: str, calls: float, *arguments: str) -> Variant:
    return Variant(Peer(name, functools.partial(vaurien, arguments)), title, calls, arguments)


def _delay(share: str) -> tuple[str, ...]:
    return ("--behavior", f"{share}:delay", "--handlers.delay.sleep", "0")


PLAIN = _variant("dummy", "dummy, no hook", 0.0)
VARIANTS = (
    PLAIN,
    # Its ratio differs from 1 by chance alone, and says how much of the other ratios is chance.
    _variant("dummy_again", "the same, once more", 0.0),
    _variant("session_hook", "hook: session_started, session_ended", 0.0, "--hook", f"{HOOKS}.SessionHook"),
    _variant("call_hook", "hook: before, after", 2.0, "--hook", f"{HOOKS}.CallHook"),
    _variant("filter_hook", "hook: incoming, outgoing", 2.0, "--hook", f"{HOOKS}.FilterHook"),
    _variant("viewer", "hook: viewer to /dev/null", 2.0, "--hook", "viewer", "--hooks.viewer.stream", "/dev/null"),
    # Unless it is told otherwise, delay acts on the calls to the backend alone.
    _variant("delay_20", "20:delay of 0 s", 0.2, *_delay("20")),
    _variant("delay_100", "100:delay of 0 s", 1.0, *_delay("100")),
    _variant("handler_20", "20 % to a handler in Python", 0.4, "--behavior", f"20:{HANDLER}"),
    _variant("handler_100", "100 % to a handler in Python", 2.0, "--behavior", f"100:{HANDLER}"),
    Variant(HAPROXY, "HAProxy"),
)
