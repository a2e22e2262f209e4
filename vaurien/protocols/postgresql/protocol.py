"""PostgreSQL as a protocol: its conversations, and its errors."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from vaurien.protocols.base import Answer, Conversation, Message, Protocol
from vaurien.protocols.postgresql.conversation import PostgreSQLConversation
from vaurien.protocols.postgresql.errors import FAILURES, FULL, error_response, ready
from vaurien.protocols.postgresql.preamble import AcceptingPostgreSQL, ReachingPostgreSQL


class PostgreSQL(Protocol):
    """The frontend/backend protocol, version 3. A call is a query, or all up to a Sync, or the reply to that."""

    name = "postgresql"
    keys = ("query", "user", "database", "sqlstate")
    sqlstates = ("40001", "57P01")
    choices = FAILURES
    alpn = ("postgresql",)

    def accepting(self) -> AcceptingPostgreSQL:
        return AcceptingPostgreSQL()

    def reaching(self) -> ReachingPostgreSQL:
        return ReachingPostgreSQL()

    def conversation(self, joined: bool = False) -> Conversation:
        return PostgreSQLConversation(joined)

    def error(
        self,
        request: Message,
        choice: str,
        conversation: Conversation,
        options: Mapping[str, Any],
        source: random.Random,
    ) -> Answer:
        """An ErrorResponse with the SQLSTATE `choice`, one of `FAILURES`, and unless that is fatal a ReadyForQuery with
        the status that the transaction has then. At the startup, what makes no sense there becomes 53300."""
        if request.command == "STARTUP" and not FAILURES[choice].startup:
            choice = FULL
        failure = FAILURES[choice]
        said = error_response(choice, failure, request.fields)
        if failure.fatal:
            return Answer(said, True)
        assert isinstance(conversation, PostgreSQLConversation)
        return Answer(said + ready(conversation.status_after_error(request)))
