"""The ``smtp`` protocol."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from vaurien.protocols.base import Answer, Conversation, Message, Protocol
from vaurien.protocols.smtp.conversation import SmtpConversation
from vaurien.protocols.smtp.preamble import AcceptingSmtp, ReachingSmtp

CLOSING = ("421",)
# RFC 5321, section 4.2.3, with the enhanced codes of RFC 3463; those of AUTH are RFC 4954's, section 6, that of TLS is
# RFC 3207's, section 4.
TEXTS = {
    "421": "4.3.2 Service not available, closing transmission channel",
    "432": "4.7.12 A password transition is needed",
    "450": "4.2.1 Requested mail action not taken: mailbox unavailable",
    "451": "4.3.0 Requested action aborted: local error in processing",
    "452": "4.3.1 Requested action not taken: insufficient system storage",
    "454": "4.7.0 Temporary authentication failure",
    "455": "4.5.4 Server unable to accommodate parameters",
    "500": "5.5.2 Syntax error, command unrecognized",
    "501": "5.5.4 Syntax error in parameters or arguments",
    "502": "5.5.1 Command not implemented",
    "503": "5.5.1 Bad sequence of commands",
    "504": "5.5.4 Command parameter not implemented",
    "530": "5.7.0 Authentication required",
    "535": "5.7.8 Authentication credentials invalid",
    "550": "5.1.1 Requested action not taken: mailbox unavailable",
    "551": "5.1.6 User not local",
    "552": "5.3.4 Requested mail action aborted: exceeded storage allocation",
    "553": "5.1.3 Requested action not taken: mailbox name not allowed",
    "554": "5.3.0 Transaction failed",
    "555": "5.5.4 MAIL FROM/RCPT TO parameters not recognized or not implemented",
}
NO_TLS = "4.7.0 TLS not available due to temporary reason"


class Smtp(Protocol):
    """SMTP: a call is one command, one message or one reply."""

    name = "smtp"
    keys = ("from", "to", "code")
    codes = ("421", "451")
    choices = TEXTS

    def accepting(self) -> AcceptingSmtp:
        return AcceptingSmtp()

    def reaching(self) -> ReachingSmtp:
        return ReachingSmtp()

    def conversation(self, joined: bool = False) -> Conversation:
        return SmtpConversation(greeted=joined)

    def error(
        self,
        request: Message,
        choice: str,
        conversation: Conversation,
        options: Mapping[str, Any],
        source: random.Random,
    ) -> Answer:
        words = NO_TLS if (choice, request.command) == ("454", "STARTTLS") else TEXTS[choice]
        return Answer(f"{choice} {words}\r\n".encode(), choice in CLOSING)
