"""Callers: clients that name the handler of their request themselves, in a header, where the operator lets them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from vaurien.active import ActiveHandler
from vaurien.protocols.base import Message
from vaurien.term import NAMED

log = logging.getLogger("vaurien.session")


class Callers:
    """What the callers of one proxy wish for. `most` of their requests at once have a handler so; one has it until its
    reply has gone. Further wishes are not heard: chance decides as for all others."""

    def __init__(self, header: str, most: int) -> None:
        self.header = header
        self.most = most
        self.handlers: Mapping[str, ActiveHandler] = {}
        self._key = f"{NAMED}:{header.lower()}"
        self._active: list[tuple[Any, Message]] = []

    def wanted(self, flow: Any, message: Message) -> ActiveHandler | None:
        """The handler that the request names; None if it names none that it can have."""
        name = message.fields.get(self._key)
        if name is None:
            return None
        session = flow.session
        handler = self.handlers.get(name.strip())
        if handler is None:
            known = ", ".join(sorted(self.handlers))
            log.info("%s names no handler: %r; choose from %s", self.header, name[:80], known,
                     extra=session.context(True))  # fmt: skip
            return None
        self._active = [one for one in self._active if _goes_on(*one)]
        if len(self._active) >= self.most:
            log.info("%s: %d at once already, %s is left out", self.header, self.most, handler.name,
                     extra=session.context(True))  # fmt: skip
            return None
        self._active.append((session, message))
        return handler


def _goes_on(session: Any, message: Message) -> bool:
    """Whether the reply to a request has yet to go."""
    conversation = session.conversation
    return not session.ended and conversation is not None and message in conversation.waiting
