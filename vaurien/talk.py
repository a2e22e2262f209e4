"""Talk: what a session knows of the protocol that it speaks, and whose turn it is."""

from __future__ import annotations

import logging
import time
from typing import Any

from vaurien.call import Call
from vaurien.protocols.base import Answer, Conversation, Protocol
from vaurien.sides import Sides

log = logging.getLogger("vaurien.session")

QUIET = 0.1
"""A session of which nobody has seen the beginning is joined when for so many seconds nothing was said, and the backend
has had the last word (chosen arbitrarily: longer than a backend takes between two replies that it owes)."""
PATIENCE = 1.0
"""For so many seconds at most what the client says next is held back for that; then the session is taken for plain tcp
(chosen arbitrarily)."""


class Talk(Sides):
    """The conversation of a session. `conversation` is None while nothing depends on messages, and always for tcp.

    `spoke` is who has said something last while there was none: true for the client, None for nobody yet. A
    conversation that begins later does so when the client speaks after the backend, which is a new request, and all
    is quiet: who sends requests ahead of the replies may be owed some, and one more reply would be taken for that to
    the new request. `heard_at` is when something was said last while a conversation was wanted, and `held_since` since
    when the client has been held back for that.
    """

    __slots__ = ("conversation", "heard_at", "held_since", "protocol", "spoke")

    proxy: Any

    def __init__(self, client: Any) -> None:
        Sides.__init__(self, client)  # quicker than super()
        self.conversation: Conversation | None = None
        self.protocol: Protocol | None = None
        self.spoke: bool | None = None
        self.heard_at = 0.0
        self.held_since = 0.0

    def begin_talk(self, protocol: Protocol) -> None:
        """Bytes are about to flow, in this protocol."""
        self.protocol = protocol
        if self.proxy.crew.cuts:
            self.conversation = protocol.conversation()

    def joined(self, to_backend: bool) -> Conversation | None:
        """The conversation to which bytes belong that are to be read now; None if they are no part of one."""
        cuts, conversation = self.proxy.crew.cuts, self.conversation
        assert self.protocol is not None
        if conversation is not None:
            if cuts or conversation.plain or not self.protocol.joins or not self._is_quiet(conversation):
                return conversation
            self.conversation = None
            self.spoke = not to_backend
        elif cuts and to_backend and (self.spoke is None or (self.spoke is False and self.protocol.joins)):
            self.conversation = self.protocol.conversation(joined=self.spoke is not None)
            return self.conversation
        self.spoke = to_backend
        self.heard_at = time.monotonic()
        return None

    def quiet_at(self) -> float:
        """When what the client has just said can begin a conversation, if nothing else is said until then, by
        `time.monotonic()`; 0 if there is nothing to wait for."""
        protocol, since = self.protocol, self.proxy.crew.cuts_since
        assert protocol is not None
        if self.spoke is not False or not protocol.joins:
            return 0.0
        now = time.monotonic()
        moment: float = max(self.heard_at, since) + QUIET
        if now >= moment:
            self.held_since = 0.0
            return 0.0
        if self.held_since < since:
            self.held_since = now
        if now < self.held_since + PATIENCE:
            return moment
        self.conversation = protocol.conversation(joined=True)
        self.conversation.plain = "it is never quiet, so nobody knows where a request begins that is answered next"
        self.turned_plain(True)
        return 0.0

    def _is_quiet(self, conversation: Conversation) -> bool:
        """Whether everything that was asked is answered, and nothing is half said."""
        return not conversation.waiting and all(flow.is_quiet() for flow in self.flows)

    def cutting(self, to_backend: bool) -> Any:
        """The flow, if it is one that is cut into messages now."""
        conversation = self.conversation
        if conversation is None or not self.flows:
            return None
        flow = self.flows[to_backend]
        return flow if flow.parts or not conversation.plain else None

    def turned_plain(self, to_backend: bool) -> None:
        """The conversation cannot be followed any further: what was kept in the other direction passes, too."""
        conversation = self.conversation
        assert conversation is not None
        log.info("goes on as plain tcp: %s", conversation.plain, extra=self.context(to_backend))
        other = self.flows[not to_backend]
        other.came_back(conversation.rest(not to_backend))

    def context(self, to_backend: bool | None = None) -> dict[str, Any]:
        """What every log line of this session carries."""
        raise NotImplementedError

    def answer(self, call: Call, answer: Answer) -> None:
        """Answers a call in the place of who should; what it would pass on has been dropped. If a handler has passed on
        some of a request, the backend will reply to it: that reply goes nowhere."""
        message = call.message
        conversation = self.conversation
        if message is None or conversation is None or not self.flows:
            self.say(call.to_backend, answer.data)
        elif message.to_backend and message in conversation.waiting and call.sent:
            conversation.replace(message, answer)
            self.say_due()
        elif message.to_backend and message in conversation.waiting:
            self.flows[True].drop_rest()
            self.flows[True].deaf |= answer.closes  # a backend that closes does not see what comes behind
            conversation.refuse(message, answer)
            self.say(False, conversation.in_place_of(message))
            self.say_due()
        elif message.to_backend:
            self.flows[True].drop_rest()
            if not message.answerable:  # nobody would reply to it, so it has no turn
                self.say(True, answer.data)
        else:
            self.flows[False].drop_rest()
            self.say(True, answer.data)
            if answer.closes:
                self.finish("closed as the backend would")

    def say_due(self) -> None:
        """Gives the client those answers whose turn has come."""
        if self.flows:
            self.flows[False].answer_due()
            self.flows[False].listen()
