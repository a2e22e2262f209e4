"""Redis as a protocol: its conversations, and its errors."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from vaurien.protocols.base import Answer, Conversation, Message, Protocol
from vaurien.protocols.redis.conversation import RedisConversation
from vaurien.protocols.redis.errors import CLOSING, ERRORS, text_of_error


class Redis(Protocol):
    """RESP2, RESP3 and inline commands. A call is a command, a reply or a pushed message."""

    name = "redis"
    keys = ("key", "error")
    errors = ("LOADING",)
    choices = ERRORS

    def conversation(self, joined: bool = False) -> Conversation:
        return RedisConversation()

    def error(
        self,
        request: Message,
        choice: str,
        conversation: Conversation,
        options: Mapping[str, Any],
        source: random.Random,
    ) -> Answer:
        """The error `choice`, a word of `ERRORS`. `EXEC` says that the transaction is discarded because of it, as
        redis-server's does."""
        text = text_of_error(choice, request.fields.get("key", ""))
        if request.command == "EXEC" and choice != "EXECABORT":
            text = f"EXECABORT Transaction discarded because of: {text}"
        return Answer(f"-{text}\r\n".encode(), choice in CLOSING)
