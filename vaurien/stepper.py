"""Stepper: the steps of one toxic, done one after the other in the event loop, with waits between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from vaurien.active import ActiveToxic
from vaurien.toxics.base import FOREVER, seconds
from vaurien.toxics.chunk import Chunk
from vaurien.volley import MOST
from vaurien.waiting import Waiting


class Stepper(Waiting):
    """Does what a toxic yields for the chunk in hand, and passes its bytes on to `next`.

    `chunk` is the one in hand, None while there is none; those behind it are in `queue`. `steps` is what the toxic has
    under way. `verdict` is what the toxic wants to be done with the session. `begun` says that it has been let loose,
    `ended` that the end of the stream has passed, `closed` that it does nothing more.
    """

    __slots__ = ("active", "begun", "chunk", "closed", "ended", "link", "next", "queue", "steps", "toxic", "verdict")

    def __init__(self, active: ActiveToxic, link: Any) -> None:
        super().__init__(link.clock)
        self.active = active
        self.link = link
        self.next: Any = None
        self.queue: deque[Chunk] = deque()
        self.chunk: Chunk | None = None
        self.steps: Any = None
        self.begun = False
        self.ended = False
        self.closed = False
        self.verdict: Callable[[], None] | None = None
        self.toxic: Any = None

    def run(self) -> None:
        """Goes on until it has to wait, or has done `MOST` steps: then all other sessions have their turn. Raises what
        the toxic raises, `TypeError` for a step that is none."""
        self.begun = True
        left = MOST
        while left > 0:
            if self.steps is None and not self._begin():
                return
            taken, pause = self._go_on(left)
            left -= taken
            if self.toxic is None:
                return  # it has ended its own session
            if self.verdict is not None:
                return self.verdict()
            if pause:
                self.wait(pause)
                if self.stalls:
                    self.link.stalled()
                return
            if self.steps is None:
                if self.chunk is None:
                    return  # it has no more to say while nothing comes
                self._pass_rest()
        if not self.closed:
            self.wait(0.0)

    def _go_on(self, most: int) -> tuple[int, float]:
        """Does up to so many steps, and passes on what they yield. Says how many, and how long it has to wait then; no
        steps are left when the toxic has come to an end with them."""
        pieces: list[bytes] = []
        taken = 0
        steps = self.steps
        if iter(steps) is not steps:
            raise TypeError(f"it must yield seconds or bytes, not return {type(steps).__name__}")
        try:
            for step in steps:
                taken += 1
                if self.verdict is not None or self.toxic is None:
                    break
                if isinstance(step, bytes):
                    pieces.append(step)
                elif seconds(step, "yield seconds or bytes") > 0:
                    return taken, step
                if taken == most:
                    break
            else:
                self.steps = None
                taken += 1
        finally:
            if len(pieces) == 1:
                self.next.take(pieces[0])
            elif pieces:
                self.next.take_all(pieces)
        return taken, 0.0

    def _begin(self) -> bool:
        """Starts what is to be done next. Says whether that has steps."""
        while not self.closed:
            if self.chunk is None and self.queue:
                self.chunk = self.queue.popleft()
            chunk = self.chunk
            if chunk is None:
                self.steps = self.toxic.idle() if self.active.idles else None
            elif chunk.is_end:
                self.steps = self.toxic.ending(chunk)
            else:
                self.steps = self.toxic.shape(chunk)
            if self.verdict is not None:
                self.verdict()
            if self.toxic is None:  # so it has ended, or its toxic has ended its own session
                self.steps = None
            elif self.steps is not None:
                return True
            elif chunk is None:
                break
            else:
                self._pass_rest()
        return False

    def _pass_rest(self) -> None:
        """The toxic is done with the chunk in hand."""
        chunk, self.chunk = self.chunk, None
        assert chunk is not None
        self.link.held -= chunk.cost
        if chunk.is_end:
            self.ended = True
            self.next.end()
        elif chunk:
            self.next.take(chunk.data)
        if self.link.waiters:
            self.link.give_room()

    def wait_over(self) -> None:
        self.guarded(self.run)

    @property
    def stalls(self) -> bool:
        """Whether it holds something for ever: until its options change, or it is taken away."""
        return self.until == FOREVER and self.chunk is not None

    def guarded(self, act: Callable[[], None]) -> None:
        """Does something; what the toxic raises ends the session."""
        try:
            act()
        except BaseException as exc:  # even SystemExit: a toxic ends its session at most
            self.link.toxic_failed(self.active.name, exc)

    def _give_up(self) -> None:
        """What is under way ends here."""
        self.until = None
        steps, self.steps = self.steps, None
        if steps is None:
            return
        running = getattr(steps, "gi_running", False)  # and has ended its own session
        if hasattr(steps, "close") and not running:
            self.guarded(steps.close)
