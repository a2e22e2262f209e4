"""A hub of its own for a piece of the demo, so that nothing of it is left after the test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import gevent

T = TypeVar("T")
DEADLINE = 20.0


def in_hub(function: Callable[[], T]) -> T:
    """What `function` returns, called in a thread with a hub of its own; what it raises is raised here."""
    outcome: list[Any] = [None, None]

    def call() -> None:
        hub = gevent.get_hub()
        try:
            with gevent.Timeout(DEADLINE):
                outcome[0] = function()
        except BaseException as exc:
            outcome[1] = exc
        finally:
            hub.destroy(destroy_loop=True)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(DEADLINE + 5)
    assert not thread.is_alive(), "it does not end"
    if outcome[1] is not None:
        raise outcome[1]
    return outcome[0]  # type: ignore[no-any-return]
