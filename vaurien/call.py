"""Call: one dispatch of a flow, as the handler and the hooks that act on it see it."""

from __future__ import annotations

import random
from contextvars import ContextVar
from typing import Any, Protocol

from vaurien import chance
from vaurien.protocols.base import Answer, Message


class SessionOfCall(Protocol):
    """What a call needs of its session (`vaurien.session.Session`)."""

    ordinal: int
    proxy: Any
    client_address: Any
    conversation: Any
    protocol: Any

    @property
    def vars(self) -> dict[Any, Any]: ...
    def peek(self, to_backend: bool) -> bytes: ...
    def give_next_call(self, to_backend: bool, handler: Any) -> None: ...
    def wait_departure(self) -> None: ...
    def discard(self, call: Call) -> None: ...
    def answer(self, call: Call, answer: Answer) -> None: ...
    def reset_client(self) -> None: ...
    def close_client(self) -> None: ...


class Call:
    """One call. `ordinal` counts the calls of this session's flow from 1; `started_at` is `time.monotonic()`;
    `error` is what it raised, once it has; `vars` belongs to the hooks. `message` is the request or reply that it is,
    None where the session is plain tcp; `whole` says that all of it waits to be read.

    The engine's and the hook chain's notes: `consumed`, whether anything of its data was read; `sent`, whether anything
    was sent to where its data was going; `waiting`, how many
    bytes waited when ``before`` began, if a hook is asked there; `reached`, how many
    hooks ``before`` came to; `stopped`, whether the round ends here; `culprit`, whose failure it is; `filters`, the
    chain through which the sockets pass their bytes.
    """

    __slots__ = (
        "_handler",
        "_key",
        "consumed",
        "culprit",
        "error",
        "filters",
        "message",
        "ordinal",
        "reached",
        "sent",
        "session",
        "started_at",
        "stopped",
        "to_backend",
        "vars",
        "waiting",
        "whole",
    )

    def __init__(
        self, session: SessionOfCall, to_backend: bool, handler: Any, ordinal: int, key: int, started_at: float
    ) -> None:
        self.session = session
        self.to_backend = to_backend
        self.ordinal = ordinal
        self.started_at = started_at
        self.error: BaseException | None = None
        self.culprit = ""
        self.consumed = False
        self.sent = False
        self.waiting: int | None = None
        self.reached = 0
        self.stopped = False
        self.filters: Any = None
        self.message: Message | None = None
        self.whole = False
        self.vars: dict[Any, Any] = {}
        self._handler = handler
        self._key = key

    @property
    def handler(self) -> Any:
        """Who acts on it (it has a `name`); None before one is chosen. Set it in ``on_route`` to choose: to a handler's
        name (a `ConfigError` if there is none of that name) or to a handler."""
        return self._handler

    @handler.setter
    def handler(self, handler: Any) -> None:
        self._handler = self.session.proxy.crew.handler(handler)

    @property
    def data(self) -> bytes:
        """What waits to be read, up to 64 KiB, without reading it."""
        return self.session.peek(self.to_backend)

    def stop_propagation(self) -> None:
        """Ends this round: no hook after the one that is running is called at this point."""
        self.stopped = True

    def random(self, purpose: str) -> random.Random:
        """The source of all chance in this call: the same seed, session and call draw the same again."""
        return chance.source(self._key, self.ordinal, purpose)

    def take_reply(self) -> None:
        """Makes the reply to this request this handler's too, whatever would be drawn for it; without messages, the
        next call of the other direction."""
        if self.message is None:
            self.session.give_next_call(not self.to_backend, self.handler)
        else:
            self.message.handler = self.handler

    def answer(self, answer: Answer) -> None:
        """Drops what the call would pass on, and gives the client this `answer` in its place: where messages are
        known, when its turn has come."""
        self.session.discard(self)
        self.session.answer(self, answer)


current: ContextVar[Call] = ContextVar("vaurien.call")
"""The call that this greenlet works on."""
