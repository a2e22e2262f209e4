"""A session of PostgreSQL in which requests may be refused.

What the client was told must be true: where a statement in a transaction was refused, the backend's transaction is
made to fail too, or a COMMIT later would keep the half of it.

Source: the manual, chapter "Frontend/Backend Protocol", sections "Extended Query" (after an error all is discarded up
to Sync), "Pipelining" and "Message Formats" (ReadyForQuery).
"""

from __future__ import annotations

import re

from vaurien.protocols.base import Message
from vaurien.protocols.postgresql.asking import Extended
from vaurien.protocols.postgresql.replying import Replying, StandIn

ENDS = re.compile(
    r"(COMMIT|END|ABORT|ROLLBACK|PREPARE\s+TRANSACTION)\b(?!\s+(WORK\s+|TRANSACTION\s+)?TO\b)", re.IGNORECASE
)
READY_SIZE = 6
FAIL = b"Q\0\0\0\x17refused by vaurien\0"
ROLLBACK = b"Q\0\0\0\x0dROLLBACK\0"


def ends_transaction(request: Message) -> bool:
    """Whether the request's statement ends a transaction, even if it fails."""
    return ENDS.match(request.name) is not None


class PostgreSQLConversation(Replying):
    """One session."""

    def status_after_error(self, request: Message) -> str:
        """The transaction's status once the request has failed."""
        return "I" if self.status == "I" or ends_transaction(request) else "E"

    def in_place_of(self, request: Message) -> bytes:
        """In a transaction, a statement that fails, or ``ROLLBACK`` if the transaction is over."""
        if request.closes or self.status == "I":
            return b""
        before, self.status = self.status, self.status_after_error(request)
        if before == self.status:
            return b""
        self.stands_in(StandIn(True, "in place of " + request.name))
        return FAIL if self.status == "E" else ROLLBACK

    def due(self) -> Message | None:
        """As always, but a request that still waits for its Sync: after a Flush its error is due, and only with the
        Sync that the backend is ready."""
        request = self.waiting[0] if self.waiting else None
        if not isinstance(request, Extended) or not request.open or request.answer is None or request.closes:
            return super().due()
        if not request.flushed or len(request.answer) <= READY_SIZE:
            return None
        error = Message(True, request.name, request.command, request.fields)
        error.answer, request.answer = request.answer[:-READY_SIZE], request.answer[-READY_SIZE:]
        return error
