"""Stage: one toxic at work in one flow, and what waits for it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from vaurien.active import ActiveToxic
from vaurien.toxics.base import FOREVER, seconds
from vaurien.toxics.chunk import Chunk
from vaurien.volley import MOST
from vaurien.waiting import Waiting


class Stage(Waiting):
    """Runs a toxic, in the event loop: `take` gives it bytes, `next` gets what it passes on.

    `chunk` is the one in hand, None while there is none; those behind it are in `queue`. `steps` is what the toxic has
    under way. `verdict` is what the toxic wants to be done with the session. `begun` says that it has been let loose,
    `ended` that the end of the stream has passed, `closed` that it does nothing more.
    """

    __slots__ = ("active", "begun", "chunk", "closed", "ended", "link", "next", "ordinal", "queue", "steps", "toxic",
                 "verdict", "version")  # fmt: skip

    def __init__(self, active: ActiveToxic, link: Any) -> None:
        super().__init__(link.clock)
        self.active = active
        self.link = link
        self.next: Any = None
        self.queue: deque[Chunk] = deque()
        self.chunk: Chunk | None = None
        self.steps: Any = None
        self.ordinal = 0
        self.begun = False
        self.ended = False
        self.closed = False
        self.version = active.version
        self.verdict: Callable[[], None] | None = None
        self.toxic = active.toxic(self, link.key)

    # what comes

    def take(self, data: bytes) -> None:
        """Some bytes have come."""
        if not data or self.closed or self.ended:
            return
        chunk = Chunk(data, time.monotonic(), self.ordinal + 1)
        if self.chunk is None and self.steps is None and not self.queue:
            self._shape(chunk)  # as most in a conversation
        else:
            self._accept(chunk)

    def take_all(self, pieces: Sequence[bytes]) -> None:
        """Some bytes have come, in pieces."""
        for piece in pieces:
            self.take(piece)

    def end(self) -> None:
        """The stream has ended."""
        if not (self.closed or self.ended):
            self._accept(Chunk(b"", time.monotonic(), self.ordinal + 1, is_end=True))

    def _shape(self, chunk: Chunk) -> None:
        """A toxic that has nothing in hand gets a chunk, and keeps it only if there are steps to be done with it."""
        self.ordinal = chunk.ordinal
        self.begun = True
        self.until = None
        try:
            steps = self.toxic.shape(chunk)
        except BaseException as exc:  # even SystemExit: a toxic ends its session at most
            return self.link.toxic_failed(self.active.name, exc)  # type: ignore[no-any-return]
        if self.verdict is not None:
            self.guarded(self.verdict)
        elif steps is not None and self.toxic is not None:
            self.chunk, self.steps = chunk, steps
            self.link.held += chunk.cost
            self.guarded(self.run)
        elif self.toxic is not None:  # or it has ended its own session
            if data := chunk.data:
                self.next.take(data)
            if self.active.idles:
                self.guarded(self.run)

    def _accept(self, chunk: Chunk) -> None:
        self.ordinal = chunk.ordinal
        self.link.held += chunk.cost
        if self.chunk is not None:
            self.queue.append(chunk)
            return
        self._give_up()  # it was idle, or let others have their turn
        if self.queue:
            self.queue.append(chunk)
        else:
            self.chunk = chunk
        self.guarded(self.run)

    # what it does

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

    # what the toxic wants

    def close(self) -> None:
        """Ends the session in good order, once what was passed on has been delivered."""
        self.verdict = partial(self.link.close_at, self, f"closed by toxic {self.active.name}")

    def reset(self) -> None:
        """Resets both connections at once."""
        self.verdict = partial(self.link.reset, f"reset by toxic {self.active.name}")

    # what happens to it

    def refresh(self) -> None:
        """Begins, or begins anew with what is left of the chunk in hand, if the options are not those it knew."""
        if self.version != self.active.version:
            self.version = self.active.version
            self._give_up()
            self.guarded(self._rerun)
        elif not self.begun:
            self.guarded(self.run)

    def _rerun(self) -> None:
        if not self.closed:
            self.toxic.changed()
            self.run()

    def leave(self) -> None:
        """It is taken away, and what it holds is passed on."""
        if not self.closed:
            self._give_up()
            self.guarded(self._leave)
        self.stop()

    def _leave(self) -> None:
        if not (self.closed or self.ended):
            self.toxic.removed()
        if self.verdict is not None:
            self.verdict()
        else:
            self.flush()

    def flush(self) -> None:
        """Passes on everything that it holds, at once. It has to begin again then."""
        self._give_up()
        self.begun = False
        while not self.closed and (self.chunk is not None or self.queue):
            if self.chunk is None:
                self.chunk = self.queue.popleft()
            self._pass_rest()

    def stop(self) -> None:
        """It does nothing more, and what it holds is lost."""
        self.closed = True
        self.verdict = None
        self._give_up()
        self.silence()
        self.toxic = None  # or there would be a reference cycle, for the collector
        held = [*self.queue, *([] if self.chunk is None else [self.chunk])]
        self.link.held -= sum(chunk.cost for chunk in held)
        self.queue.clear()
        self.chunk = None
