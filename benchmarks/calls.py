"""What calls, hooks and handlers cost: variants of Vaurien, each beside plain `dummy`."""

from dataclasses import dataclass

from benchmarks import variants
from benchmarks.groups import Group
from benchmarks.peers import Peer
from benchmarks.run_vaurien import with_arguments

HOOKS = "benchmarks.extensions"
HANDLER = "benchmarks.extensions.Relaying"


@dataclass(frozen=True)
class Variant:
    """Vaurien with `arguments`.

    `calls` are those of a request, on average, on which something else than the event loop works: a request and its
    answer are two calls, one each way.
    """

    name: str
    title: str
    calls: float
    arguments: tuple[str, ...] = ()
    quick: bool = False

    @property
    def peer(self) -> Peer:
        return with_arguments(*self.arguments)


def _delay(share: str) -> tuple[str, ...]:
    return ("--behavior", f"{share}:delay", "--handlers.delay.sleep", "0")


PLAIN = Variant("dummy", "dummy, no hook", 0.0, quick=True)
VARIANTS = (
    PLAIN,
    # Its ratio differs from 1 by chance alone, and says how much of the other ratios is chance.
    Variant("dummy_again", "the same, once more", 0.0),
    Variant("session_hook", "hook: session_started, session_ended", 0.0, ("--hook", f"{HOOKS}.SessionHook"), True),
    Variant("call_hook", "hook: before, after", 2.0, ("--hook", f"{HOOKS}.CallHook"), True),
    Variant("filter_hook", "hook: incoming, outgoing", 2.0, ("--hook", f"{HOOKS}.FilterHook")),
    Variant("viewer", "hook: viewer to /dev/null", 2.0, ("--hook", "viewer", "--hooks.viewer.stream", "/dev/null")),
    # Unless it is told otherwise, delay acts on the calls to the backend alone.
    Variant("delay_20", "20:delay of 0 s", 0.2, _delay("20"), True),
    Variant("delay_100", "100:delay of 0 s", 1.0, _delay("100")),
    Variant("handler_20", "20 % to a handler in Python", 0.4, ("--behavior", f"20:{HANDLER}"), True),
    Variant("handler_100", "100 % to a handler in Python", 2.0, ("--behavior", f"100:{HANDLER}"), True),
)

CALLS = Group(
    "calls",
    "Calls, hooks and handlers",
    "Redis GET and HTTP keep-alive, 50 connections each. The ratios are to plain dummy.",
    variants.rows(VARIANTS),
    variants.ratios(VARIANTS),
    by_row=True,
)
