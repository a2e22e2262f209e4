"""The ``http`` protocol."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from vaurien.protocols.base import Answer, Conversation, Message, Protocol
from vaurien.protocols.http.answers import answer, check_code
from vaurien.protocols.http.conversation import HttpConversation


class Http(Protocol):
    """HTTP/1.0 and 1.1: a call is one request or one reply."""

    name = "http"
    alpn = ("http/1.1",)
    keys = ("method", "path", "host", "header", "status")
    codes = ("503", "500", "429")

    def conversation(self, joined: bool = False) -> Conversation:
        return HttpConversation()

    def check(self, key: str, choice: str) -> None:
        super().check(key, choice)
        check_code(choice)

    def error(
        self,
        request: Message,
        choice: str,
        conversation: Conversation,
        options: Mapping[str, Any],
        source: random.Random,
    ) -> Answer:
        return answer(request, choice, options)
