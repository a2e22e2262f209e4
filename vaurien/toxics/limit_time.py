"""The ``limit_time`` toxic: so long and no longer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from vaurien.options import Option
from vaurien.toxics.base import Steps, Toxic


class LimitTime(Toxic):
    """Closes the connection `time` milliseconds after it began, or after the toxic was added to it, busy or not.

    It does so even if its own stream has ended, and only the other goes on.
    """

    name = "limit_time"
    options = {"time": Option("Closes after so long", int, 0, minimum=0, maximum=10**9, unit="milliseconds")}

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        self.started_at = time.monotonic()

    def idle(self) -> Steps:
        yield self.started_at + self.option("time") / 1000 - time.monotonic()
        self.close()
