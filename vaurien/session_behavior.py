"""Session behavior: the weighted choice among session handlers, as users write it: ``10:refuse,5:silent``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vaurien.behavior import Behavior


@dataclass(frozen=True)
class SessionBehavior(Behavior):
    """Shares of the sessions, in the order in which they were written. The rest of them go on as ever."""

    example: ClassVar[str] = "10:refuse,5:silent"
    kind: ClassVar[str] = "session handler"

    def __str__(self) -> str:
        return ",".join(map(str, self.shares))
