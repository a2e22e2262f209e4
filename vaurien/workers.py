"""Workers: the greenlets in which handlers and hooks work on calls, one call after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import Context
from typing import Any

import gevent
from gevent import GreenletExit, get_hub
from gevent.event import Event

SPARE = 256
"""So many greenlets are kept for the next calls (chosen arbitrarily)."""
OWN = 6
"""The references to a worker that waits for work and that nobody knows: those of its frames, and of who counts them.
On a Python that needs others, no worker is used again."""


class Workers:
    """The greenlets of one daemon. Making one costs more than most calls do, so it works on one after the other.

    A call shares nothing with the call before: each has a context of its own (`contextvars.Context`), and a greenlet
    that anybody still knows, such as a timeout that was never cancelled, is not used again.
    """

    def __init__(self) -> None:
        self._loop = get_hub().loop
        self._spare: list[Worker] = []

    def start(self, work: Callable[..., None], *args: Any) -> Worker:
        """Calls `work` soon, in the greenlet that is returned; not before this returns."""
        while self._spare:
            worker = self._spare.pop()
            if worker.is_unknown():
                worker.job = (work, *args)
                self._loop.run_callback(worker.switch)
                return worker
            worker.kill(block=False)
        worker = Worker(self._spare, (work, *args))
        worker.start()
        return worker

    def close(self) -> None:
        """Ends those that have no work, and waits for that."""
        gevent.killall(self._spare)
        self._spare.clear()


class Worker(gevent.Greenlet):  # type: ignore[type-arg]  # at run time it takes none
    """A greenlet that works on its `job`, and then waits for another among the `spare` ones."""

    def __init__(self, spare: list[Worker], job: tuple[Any, ...]) -> None:
        super().__init__()
        self.spare = spare
        self.job = job
        self.over: Event | None = None
        self.killed = False

    def _run(self) -> None:
        hub = get_hub()
        while True:
            try:
                Context().run(*self.job)
            finally:
                self.job = ()
                if self.over is not None:
                    self.over.set()
                    self.over = None
            if self.killed or len(self.spare) >= SPARE:
                return
            self.spare.append(self)
            try:
                hub.switch()
            except GreenletExit:
                return

    def wait_over(self) -> None:
        """Blocks until the work that it has now is over. (To wait for its end would be to wait for all to come.)"""
        if self.job:
            self.over = self.over or Event()
            self.over.wait()

    def is_unknown(self) -> bool:
        """Whether nothing but itself, and who asks, has to do with it: nobody can wake it, or waits for its end."""
        return not self.dead and not self.has_links() and sys.getrefcount(self) == OWN

    def kill(self, *args: Any, **kwargs: Any) -> Any:
        """As a greenlet's; it is not used again."""
        self.killed = True
        return super().kill(*args, **kwargs)
