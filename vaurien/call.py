"""Call: one dispatch of a flow, as the handler that acts on it sees it."""

from __future__ import annotations

import random
from contextvars import ContextVar
from typing import Any, Protocol

from vaurien import chance


class SessionOfCall(Protocol):
    """What a call needs of its session (`vaurien.session.Session`)."""

    ordinal: int

    def peek(self, to_backend: bool) -> bytes: ...
    def give_next_call(self, to_backend: bool, handler: Any) -> None: ...
    def wait_departure(self) -> None: ...
    def reset_client(self) -> None: ...
    def close_client(self) -> None: ...


class Call:
    """One call. `ordinal` counts the calls of this session's flow from 1; `started_at` is `time.monotonic()`;
    `handler` is what was chosen (it has a `name`); `error` is what it raised, once it has."""

    __slots__ = ("_key", "error", "handler", "ordinal", "session", "started_at", "to_backend")

    def __init__(
        self, session: SessionOfCall, to_backend: bool, handler: Any, ordinal: int, key: int, started_at: float
    ) -> None:
        self.session = session
        self.to_backend = to_backend
        self.handler = handler
        self.ordinal = ordinal
        self.started_at = started_at
        self.error: BaseException | None = None
        self._key = key

    @property
    def data(self) -> bytes:
        """What waits to be read, up to 64 KiB, without reading it."""
        return self.session.peek(self.to_backend)

    def random(self, purpose: str) -> random.Random:
        """The source of all chance in this call: the same seed, session and call draw the same again."""
        return chance.source(self._key, self.ordinal, purpose)

    def take_reply(self) -> None:
        """Makes the next call of the other direction this handler's too, whatever would be drawn for it."""
        self.session.give_next_call(not self.to_backend, self.handler)


current: ContextVar[Call] = ContextVar("vaurien.call")
"""The call that this greenlet works on."""
