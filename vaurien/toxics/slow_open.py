"""The ``slow_open`` toxic: the backend is reached late."""

from __future__ import annotations

from vaurien.options import Option
from vaurien.toxics.base import Toxic


class SlowOpen(Toxic):
    """Contacts the backend only `delay` milliseconds after the client has come. The stream makes no difference.

    If the client leaves meanwhile, the backend is never contacted. One that ends its stream after it has said something
    has not left.

    The session handler of the same name holds back the session as a whole, before the hooks and in seconds.
    """

    name = "slow_open"
    options = {
        "delay": Option("How long the connect is held", int, 0, minimum=0, maximum=10**9, unit="milliseconds"),
    }

    def opening(self) -> float:
        return float(self.option("delay") / 1000)
