"""The ``slow_open`` session handler: a late beginning."""

from __future__ import annotations

from vaurien.distributions import DISTRIBUTIONS
from vaurien.options import Option
from vaurien.session_handlers.base import NewSession, SessionHandler


class SlowOpen(SessionHandler):
    """Waits before the session begins: no hook is asked, and no backend is contacted, until then.

    What the client says meanwhile is kept for the backend. `jitter` spreads the wait, in the ways in which it does so
    for the handler ``delay``. (The toxic of the same name holds back the connect alone, after the hooks, in
    milliseconds; where both are, the toxic counts from the client's arrival, so that their times do not add up.)
    """

    name = "slow_open"
    options = {
        "sleep": Option("How long the session waits", float, 1.0, minimum=0, unit="seconds"),
        "jitter": Option("How far that spreads around sleep", float, 0.0, minimum=0, unit="seconds"),
        "distribution": Option("How jitter spreads it", str, "uniform", choices=tuple(DISTRIBUTIONS)),
    }

    def __call__(self, session: NewSession) -> None:
        self.sleep(self.pause(session))

    def pause(self, session: NewSession) -> float:
        """How long this session waits, in seconds."""
        seconds: float = self.option("sleep")
        jitter: float = self.option("jitter")
        if not jitter:
            return seconds
        spread = DISTRIBUTIONS[self.option("distribution")]
        return max(0.0, spread(session.random("jitter"), seconds, jitter))
