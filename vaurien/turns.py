"""Turns: whose turn it is in a direction that is cut into messages, and the answers given in the backend's place."""

from __future__ import annotations

from collections import deque
from typing import Any

from vaurien.flow import Flow
from vaurien.protocols.base import Message, Part

CLOSED = "closed as the backend would"
"""How a session ends in which an answer was one after which the backend closes."""


class Turns(Flow):
    """A flow that says answers between the messages that it passes on.

    `parts` were cut and wait; `passed` are bytes that are to be written together. `message` is the one in hand, whose
    further parts pass, or are dropped if `drops`; `whole` says that a handler has got all of it. `closes` says that the
    session ends when all is written, `deaf` that it is to end: further requests go nowhere.
    """

    __slots__ = ("closes", "deaf", "drops", "message", "parts", "passed", "whole")

    def __init__(self, *args: Any) -> None:
        self.parts: deque[Part] = deque()
        self.passed: list[bytes] = []
        self.message: Message | None = None
        self.drops = False
        self.whole = False
        self.closes = False
        self.deaf = False
        super().__init__(*args)

    def moved(self) -> int:
        return super().moved() + sum(map(len, self.passed))

    def busy(self) -> bool:
        """Whether somebody is at work, or the destination is full."""
        at_work = self.greenlet or self.alarm or self.held or self.unread
        return bool(at_work or self.pending or self.stopped or self.closes)

    def flush(self) -> None:
        """Writes what has passed, in one go."""
        passed, self.passed = self.passed, []
        data = passed[0] if len(passed) == 1 else b"".join(passed)
        if data:
            self.write(data)

    def message_over(self, message: Message) -> None:
        """The message in hand is over, here and on its way."""
        self.message = None
        self.whole = False
        if not self.to_backend:
            self.delivered(message)
            self.answer_due()
        elif self.drops:
            self.session.say_due()

    def delivered(self, message: Message) -> None:
        """A reply is on its way."""
        if message.request is not None and message.final:
            self.session.conversation.delivered(message.request)

    def drop(self, part: Part, message: Message) -> None:
        """This message, of which a first part has come, goes nowhere."""
        self.message, self.drops = (None if part.last else message), True

    def drop_rest(self) -> None:
        """What has not come yet of the message in hand goes nowhere."""
        self.drops = True

    # answers

    def answer_due(self) -> None:
        """In the flow to the client: what is due of the answers that others have given in the backend's place."""
        conversation = self.session.conversation
        if self.message is not None or not conversation.waiting:
            return
        due = []
        while request := conversation.due():
            due.append(Part(b"", request))
        self.parts.extendleft(reversed(due))

    def say_answer(self, request: Message) -> None:
        """The answer to a request that the backend never saw."""
        self.passed.append(request.answer or b"")
        self.closes = request.closes
        if self.closes:
            self.flush()
            self.close_written()

    def close_written(self) -> None:
        """Ends the session, when what was said last is written."""
        if not self.pending:
            self.session.finish(CLOSED)

    def read_part(self) -> bytes:
        """In a greenlet, for a handler that reads on: the next bytes that were cut; empty if none wait."""
        while self.parts:
            part = self.parts.popleft()
            message = part.message
            if message is not None and message is not self.message:
                self.read_past(message)
            self.whole = part.last and message is not None
            if part.data:
                return part.data
        return b""

    def read_past(self, message: Message) -> None:
        """The handler reads on into another message; answers whose turn was before that are given now."""
        before, self.message = self.message, message
        if self.to_backend:
            return
        if before is not None:
            self.delivered(before)
        while request := self.session.conversation.due():
            if not self.shut:
                self.session.say(True, request.answer or b"")
            if request.closes:
                self.session.finish(CLOSED)
