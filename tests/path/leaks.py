"""What a daemon holds, compared before and after sessions of one kind."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import gevent
from greenlet import greenlet

from tests.conftest import open_descriptors
from tests.path.tools import wait_no_sessions
from tests.running import DEADLINE, Running
from vaurien.session import Session

TIMES = 12
"""So many sessions of each kind: enough for a leak to stand out."""


def holdings(daemon: Running) -> dict[str, Any]:
    """What a daemon without sessions holds, and what would be more if something of a session were left."""

    def look() -> dict[str, Any]:
        daemon.daemon.shared.pipes.close()  # spare pipes are no leak, and neither are spare greenlets
        daemon.daemon.shared.workers.close()
        gc.collect()
        things = gc.get_objects()
        return {
            "descriptors": open_descriptors(),
            "watchers": gevent.get_hub().loop.activecnt,
            "greenlets": sum(isinstance(thing, greenlet) and not thing.dead for thing in things),
            "sessions": sum(type(thing) is Session for thing in things),
            "pipes": daemon.daemon.shared.pipes.taken,
        }

    return daemon.do(look)


def wait_all_over(daemon: Running, count: int) -> None:
    """Waits until `count` sessions in all have come, and gone."""
    daemon.wait_until(lambda: daemon.proxy.counters.opened >= count, "all clients")
    wait_no_sessions(daemon)


def check_nothing_is_left(daemon: Running, session: Callable[[], None], clients: int = 1) -> None:
    """Runs `session`, in which so many clients come and go, a few times; fails unless the daemon is as before."""
    session()  # what is made once and kept, such as a thread for name lookups
    daemon.do(lambda: daemon.daemon.shared.clock.sleep(0.001))  # and the clock's timer, which not every session needs
    wait_all_over(daemon, clients)
    gc.collect()
    gc.freeze()  # what there is by now need not be gone through at each look
    before = holdings(daemon)
    for _ in range(TIMES):
        session()
    wait_all_over(daemon, clients * (TIMES + 1))
    deadline = time.monotonic() + DEADLINE / 2
    while more := added(before, after := holdings(daemon)):
        # a greenlet that was killed, or a backend's thread, may still be on its way out
        assert time.monotonic() < deadline, f"{more} of {before} and {after}"


def added(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What there is more of than before."""
    return [name for name in before if not after[name] <= before[name]]
