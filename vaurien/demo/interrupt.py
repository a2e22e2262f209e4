"""Interrupt: Ctrl-C as an event that can be waited for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from gevent import get_hub
from gevent.event import Event

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupt() -> Iterator[Event]:
    """An event that SIGINT or SIGTERM sets, in place of what they do otherwise. Only for the main thread.

    A `KeyboardInterrupt` would come up in whatever greenlet is at work at that moment, and end it with a traceback.
    """
    event = Event()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    watchers = [get_hub().loop.signal(number) for number in SIGNALS]
    for watcher in watchers:
        watcher.start(event.set)
    try:
        yield event
    finally:
        for watcher in watchers:
            watcher.stop()
            watcher.close()
        for number, handler in before.items():
            signal.signal(number, handler)  # the event loop has left the system's default behind
