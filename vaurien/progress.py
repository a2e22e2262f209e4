"""Progress: where a script stands."""

from __future__ import annotations

from typing import Any

from vaurien.script import PASS, Script, Step


class Progress:
    """How far one script has come: in one session, or in all of a proxy's.

    `rounds` counts how often it has begun anew by itself, `restarts` how often it was told to before this began. While
    a step counts bytes, `_marks` has how many had gone in each flow when its last call began.
    """

    __slots__ = ("_marks", "left", "place", "repeat", "restarts", "rounds", "script")

    def __init__(self, script: Script, repeat: bool, restarts: int = 0) -> None:
        self.script = script
        self.restarts = restarts
        self.repeat = repeat
        self.place = 0
        self.rounds = 0
        self.left = 0
        self._marks: dict[Any, int] = {}
        self._begin()

    @property
    def step(self) -> Step | None:
        """The step that the next call belongs to; None when all are over."""
        return self.script.steps[self.place] if self.place < len(self.script.steps) else None

    def next(self, flow: Any) -> str:
        """Counts the call that begins now in `flow`, and says whose it is: a handler's name, or `PASS`."""
        if self._marks:
            self._settle()
        step = self.step
        if step is None:
            return PASS
        if step.bytes:
            self._marks[flow] = flow.moved()
        elif step.calls:
            self.left -= 1
            if not self.left:
                self._advance()
        return step.name

    def most(self) -> int:
        """So many bytes may go before the next call has to be asked about; 0 if that does not matter."""
        step = self.step
        return self.left if step is not None and step.bytes else 0

    def _settle(self) -> None:
        """The calls that were counted have moved bytes since."""
        for flow, mark in list(self._marks.items()):
            now = flow.moved()
            self.left -= now - mark
            if flow.stopped:
                del self._marks[flow]
            else:
                self._marks[flow] = now
        if self.left <= 0:
            self._advance()

    def _advance(self) -> None:
        self._marks.clear()
        self.place += 1
        if self.step is None and self.repeat:
            self.place = 0
            self.rounds += 1
        self._begin()

    def _begin(self) -> None:
        step = self.step
        self.left = step.calls or step.bytes if step is not None else 0
