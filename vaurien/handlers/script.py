"""The ``script`` handler: what happens is decided by count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.handlers.dummy import Dummy
from vaurien.options import Option, direction
from vaurien.progress import Progress
from vaurien.script import Script, script


class ByScript(Dummy):
    """Gives calls to other handlers by count, and not by chance: so many pass, the next one fails, and so on.

    A behavior names it without a weight: every call that it counts comes to it first, and what it lets pass is shared
    out among the others. A section with a ``script`` needs no ``callable``. Where it counts requests, and a step is a
    handler that acts on replies only, it is the reply to that request which this handler gets.

    Bytes are those of the calls that it counts. Where the engine relays, the next step begins behind the very byte;
    where somebody else is at work, or messages are known, with the next call.
    """

    name = "script"
    options = {
        "script": Option("What happens to which call: pass 100, error, pass 5, hang", script, Script()),
        "per": Option("Whether each session begins the script anew, or all share it", str, "session",
                      choices=("session", "proxy")),
        "repeat": Option("Whether it begins anew when it is over; if not, all further calls pass", bool, False),
        "direction": direction("to_backend"),
    }  # fmt: skip
    in_loop = True

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        self._shared: Progress | None = None
        self._restarts = 0

    def progress(self, session: Any) -> Progress:
        """Where the script stands for this session."""
        if self.shared:
            self._shared = self._current(self._shared)
            return self._shared
        progress: Progress = session.vars.get(self)
        current = self._current(progress)
        if current is not progress:
            session.vars[self] = current
        return current

    def standing(self, session: Any) -> Progress:
        """The same, to look at only."""
        return self._current(self._shared if self.shared else session.vars.get(self))

    @property
    def shared(self) -> bool:
        """Whether all sessions share one progress."""
        return bool(self.option("per") == "proxy")

    def restart(self) -> None:
        """Begins anew, everywhere."""
        self._restarts += 1

    def _current(self, progress: Progress | None) -> Progress:
        """`progress`, if it is one of the script as it is now."""
        script, repeat = self.option("script"), self.option("repeat")
        if progress is not None and (progress.script, progress.repeat, progress.restarts) == (
            script, repeat, self._restarts,
        ):  # fmt: skip
            return progress
        return Progress(script, repeat, self._restarts)
