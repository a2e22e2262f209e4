"""One session of whatever bytes, played as the proxy would: nothing may raise, and no byte may be lost or kept long."""

from __future__ import annotations

import random

from tests.fuzz.protocols import Fuzzed
from tests.fuzz.steps import CLIENT, REFUSED, unpacked
from tests.protocols.cutting import fed, survives
from vaurien.protocols.base import CHOICES, Conversation, Message, Part, Protocol


def play(fuzzed: Fuzzed, data: bytes) -> None:
    """Raises what is wrong with what the protocol makes of `data`."""
    joined = bool(data[:1] and data[0] & 1)
    steps = list(unpacked(data[1:]))
    said = [(bool(kind & CLIENT), piece) for kind, piece in steps]
    survives(fuzzed.protocol.conversation(joined), said, fuzzed.bound)
    if any(kind & REFUSED for kind, _ in steps):
        conversation = fuzzed.protocol.conversation(joined)
        for kind, piece in steps:
            refusing = Refusing(fuzzed.protocol, conversation) if kind & REFUSED else None
            for part in fed(conversation, bool(kind & CLIENT), piece):
                deal_with(part, conversation, refusing)


def deal_with(part: Part, conversation: Conversation, refusing: Refusing | None) -> None:
    """What the proxy does with a part."""
    message = part.message
    if message is None:
        return
    if refusing is not None and message.to_backend and message.answerable and message.answer is None:
        refusing.refuse(message)
    if not message.to_backend and message.request is not None and message.final and part.last:
        conversation.delivered(message.request)
    while conversation.due() is not None:
        pass


class Refusing:
    """Refuses requests, each with another of the protocol's errors."""

    def __init__(self, protocol: Protocol, conversation: Conversation) -> None:
        self.protocol = protocol
        self.conversation = conversation
        key = next(key for key in CHOICES if getattr(protocol, key))
        self.choices: tuple[str, ...] = getattr(protocol, key)

    def refuse(self, request: Message) -> None:
        choice = self.choices[len(request.name) % len(self.choices)]
        answer = self.protocol.error(request, choice, self.conversation, {}, random.Random(1))
        assert isinstance(answer.data, bytes)
        self.conversation.refuse(request, answer)
        self.conversation.in_place_of(request)
