"""MySQL as a protocol: its conversations, and its errors."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from vaurien.protocols.base import Answer, Conversation, Message, Protocol
from vaurien.protocols.mysql.commands import Command
from vaurien.protocols.mysql.conversation import MySQLConversation
from vaurien.protocols.mysql.errors import FAILURES, FULL, error_packet
from vaurien.protocols.mysql.preamble import AcceptingMySQL, ReachingMySQL


class MySQL(Protocol):
    """The client/server protocol of MySQL and MariaDB. A call is a command, or all that is said to it."""

    name = "mysql"
    keys = ("query", "user", "error", "sqlstate")
    joins = False  # how results look was agreed on at the beginning
    errors = ("1213",)
    choices = FAILURES

    def accepting(self) -> AcceptingMySQL:
        return AcceptingMySQL()

    def reaching(self) -> ReachingMySQL:
        return ReachingMySQL()

    def conversation(self, joined: bool = False) -> Conversation:
        return MySQLConversation(joined)

    def error(
        self,
        request: Message,
        choice: str,
        conversation: Conversation,
        options: Mapping[str, Any],
        source: random.Random,
    ) -> Answer:
        """An ERR packet with the number `choice`, one of `FAILURES`. At the login, what makes no sense there becomes
        1040, and the server closes in any case."""
        login = request.command in ("LOGIN", "CHANGE_USER")
        if login and not FAILURES[choice].login:
            choice = FULL
        failure = FAILURES[choice]
        sequence = request.packets if isinstance(request, Command) else 1
        user = request.fields.get("user", "")
        return Answer(error_packet(choice, failure, user, sequence), failure.fatal or login)
