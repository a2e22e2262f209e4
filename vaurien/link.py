"""Link: the toxics of one flow in their order, between whoever writes bytes and the socket that they go to."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from typing import Any

from gevent.event import Event

from vaurien.active import ActiveToxic
from vaurien.outlet import Nowhere, Outlet
from vaurien.relay import CHUNK
from vaurien.stage import Stage

BOUND = 8 << 20
"""So many bytes at most wait in one link, give or take one chunk; then whoever writes has to wait."""


class Link:
    """Takes the place of a flow's destination while toxics act on it. All but `wait_send` runs in the event loop.

    `send` takes bytes as a non-blocking socket does. `held` is what waits in it, `withheld` how many bytes were taken
    and not written, waiting or lost. `closing` is the cause with which a toxic ends the session, once it does; `ended`
    says that the end of the stream has come through, `shut` that no more may be sent, since there came an end.
    """

    __slots__ = ("_thens", "clock", "closing", "ended", "first", "flow", "held", "key", "loop", "outlet", "shut",
                 "stages", "stopped", "waiters", "withheld")  # fmt: skip

    def __init__(self, flow: Any, ended: bool = False) -> None:
        self.flow: Any = flow
        self.loop = flow.loop
        self.clock = flow.proxy.shared.clock
        self.key: int = flow.identity()
        self.outlet = Outlet(self, flow.dest)
        self.stages: list[Stage] = []
        self.first: Any = self.outlet
        self.held = 0
        self.withheld = 0
        self.waiters: list[Callable[[], None]] = []
        self.closing = ""
        self.shut = self.ended = self.outlet.shut = ended
        self.stopped = False
        self._thens: list[Callable[[], None]] = []

    # what comes

    @property
    def full(self) -> bool:
        """Whether nothing more may wait: a link whose last toxic has gone must run dry, however fast bytes come."""
        return self.held >= (BOUND if self.stages or self.closing else 1)

    def send(self, data: bytes | memoryview) -> int:
        """Takes some of `data`, and says how many bytes. Raises `BlockingIOError` where nothing more may wait, and
        `BrokenPipeError` behind the end."""
        if self.shut:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if self.held and self.full:
            raise BlockingIOError
        piece = data if isinstance(data, bytes) and len(data) <= CHUNK else bytes(data[:CHUNK])
        self.withheld += len(piece)
        self.first.take(piece)
        return len(piece)

    def end(self, then: Callable[[], None]) -> None:
        """No more will come. Calls `then`, once, when all that is held has been written, and the end has come through
        the toxics too; at once if the socket takes no more."""
        if self.ended or self.stopped:
            return then()
        self._thens.append(then)
        if not self.shut:
            self.shut = True
            self.give_room()
            self.first.end()

    def when_room(self, callback: Callable[[], None]) -> None:
        """Calls `callback` as soon as `send` takes bytes again, or when it never will."""
        if self.shut or not self.full:
            self.loop.run_callback(callback)
        else:
            self.waiters.append(callback)
            if self.holder:
                self.stalled()

    def wait_room(self) -> None:
        """Blocks the calling greenlet until `send` takes bytes again, or never will."""
        room = Event()
        self.when_room(room.set)
        room.wait()

    def wait_send(self, data: bytes | memoryview) -> int:
        """`send` for a greenlet, which counts what it sends: waits until some of `data` is taken; 0 if this link is no
        more."""
        view = memoryview(data).cast("B")[:CHUNK]
        while self.flow.link is self:
            if self.full and not self.shut:
                self.wait_room()
                continue
            if not self.shut:
                self.flow.session.count_sent(self.flow.to_backend, len(view))  # first: it may be the session's last
            return self.send(view)  # type: ignore[no-any-return]
        return 0

    # what changes

    def arrange(self, toxics: Sequence[ActiveToxic]) -> None:
        """These are the toxics from now on, in this order. What one holds that leaves is passed on, and one whose
        options have changed begins anew with what it holds."""
        for stage in self.stages[::-1]:
            if stage.active not in toxics:
                stage.leave()
                self._remove(stage)
        order = [stage.active for stage in self.stages]
        if order != [toxic for toxic in toxics if toxic in order]:
            self._flush()
        if self.stopped:
            return
        now = {stage.active: stage for stage in self.stages}
        wanted = [toxic for toxic in toxics if toxic in now or not self.closing]
        stages = [now.get(toxic) or self._made(toxic) for toxic in wanted]
        if self.flow.link is not self:
            return  # one could not be made
        self.stages = [stage for stage in stages if stage is not None]
        self._connect()
        for stage in list(self.stages):
            stage.refresh()
        self.give_room()  # with a toxic, more may wait
        if not self.stages and not self.outlet.waiting:
            self.drained()

    def _made(self, toxic: ActiveToxic) -> Stage | None:
        try:
            stage = Stage(toxic, self)
            stage.ended = self.ended
            return stage
        except BaseException as exc:  # even SystemExit: a toxic ends its session at most
            self.toxic_failed(toxic.name, exc)
            return None

    def _remove(self, stage: Stage) -> None:
        if stage in self.stages:  # if it has not ended all
            self.stages.remove(stage)
            self._connect()

    def _flush(self) -> None:
        """Passes on all that is held, or bytes would overtake others in another order."""
        for place in reversed(range(len(self.stages))):
            for stage in self.stages[place:]:
                stage.flush()

    def _connect(self) -> None:
        ways: list[Stage | Outlet] = [*self.stages, self.outlet]
        for stage, following in zip(self.stages, ways[1:], strict=True):
            stage.next = following
        if not self.closing:
            self.first = ways[0]

    # told by stages and outlet

    @property
    def holder(self) -> str:
        """The toxic that holds something for ever; empty if there is none."""
        return next((stage.active.name for stage in self.stages if stage.stalls), "")

    def stalled(self) -> None:
        """A toxic holds something for ever: perhaps nobody is left who could want it."""
        if self.flow.link is self:
            self.flow.session.look_for_peers()

    def give_room(self) -> None:
        """Something has gone: who waits for room goes on."""
        if self.waiters and (self.shut or not self.full):
            waiters, self.waiters = self.waiters, []
            for callback in waiters:
                self.loop.run_callback(callback)

    def drained(self) -> None:
        """Nothing waits for the socket any more: without a toxic, this link has no more work."""
        self.give_room()
        if not (self.stages or self.shut or self.closing):
            self.flow.unlink()
            self.stop()

    def close_at(self, stage: Stage, cause: str) -> None:
        """A toxic ends the session, once what it has passed on has been written; what comes before it is lost."""
        if self.stopped:
            return
        if self.ended:
            return self.flow.session.end(cause)  # type: ignore[no-any-return]
        self.closing = cause
        while self.stages[0] is not stage:
            self.stages.pop(0).stop()
        self.stages.pop(0).stop()
        following, self.first = stage.next, Nowhere()
        self.give_room()
        if not stage.ended:  # or it has been told
            following.end()

    def over(self) -> None:
        """The end has come through."""
        self.ended = True
        if self.closing:
            return self.flow.session.end(self.closing)  # type: ignore[no-any-return]
        thens, self._thens = self._thens, []
        for then in thens:
            then()

    def lost(self) -> None:
        """The socket takes no more."""
        self.stop()
        self.flow.dest_lost()

    def reset(self, cause: str) -> None:
        """A toxic resets the session; what is on its way is lost."""
        self.flow.session.broken = True  # first: one that raises when it stops ends the session
        self.closing, self.first = cause, Nowhere()
        for stage in self.stages:
            stage.stop()
        self.stages = []
        self.flow.session.end(cause)

    def toxic_failed(self, name: str, exc: BaseException) -> None:
        """A toxic has raised."""
        self.flow.session.toxic_failed(name, exc, self.flow.to_backend)

    def failed(self) -> None:
        """Inside an ``except``: the engine itself has failed."""
        self.flow.failed()

    def stop(self) -> None:
        """Ends it; what it holds is lost."""
        if self.stopped:
            return
        self.stopped = self.shut = True
        self.outlet.stop()
        for stage in self.stages:
            stage.stop()
        self.stages = []
        self.first = Nowhere()
        self._thens = []
        self.held = 0
        self.give_room()
