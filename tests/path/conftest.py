"""No test of the data path leaves an exception to gevent's own handler, which only prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gevent.hub import Hub


@pytest.fixture(autouse=True)
def nothing_unhandled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which an exception has left a callback of an event loop, or a greenlet."""
    unhandled: list[Any] = []
    original = Hub.handle_error

    def record(self: Hub, context: Any, kind: Any, value: Any, traceback: Any) -> None:
        if not issubclass(kind, Hub.NOT_ERROR):
            unhandled.append((context, kind, value))
        original(self, context, kind, value, traceback)

    monkeypatch.setattr(Hub, "handle_error", record)
    yield
    assert not unhandled
