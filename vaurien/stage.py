"""Stage: one toxic at work in one flow, and what waits for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from vaurien.active import ActiveToxic
from vaurien.stepper import Stepper
from vaurien.toxics.chunk import Chunk


class Stage(Stepper):
    """A toxic in one flow: `take` gives it bytes, `next` gets what it passes on.

    `ordinal` counts the chunks that have come, `version` is that of the options that it knows.
    """

    __slots__ = ("ordinal", "version")

    def __init__(self, active: ActiveToxic, link: Any) -> None:
        super().__init__(active, link)
        self.ordinal = 0
        self.version = active.version
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
        """A toxic that has nothing in hand gets a chunk, which most let pass at once."""
        self.ordinal = chunk.ordinal
        self.begun = True
        self.until = None
        self.chunk = chunk
        self.link.held += chunk.cost
        try:
            steps = self.toxic.shape(chunk)
        except BaseException as exc:  # even SystemExit: a toxic ends its session at most
            return self.link.toxic_failed(self.active.name, exc)  # type: ignore[no-any-return]
        if self.verdict is not None:
            self.guarded(self.verdict)
        elif self.chunk is not chunk:
            pass  # the toxic has ended its own session, or taken itself away
        elif steps is not None:
            self.steps = steps
            self.guarded(self.run)
        else:
            self._pass_rest()
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
