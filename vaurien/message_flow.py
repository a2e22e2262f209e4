"""Message flow: one direction of a session whose protocol is known, cut into messages: a call is one of them."""

from __future__ import annotations

import logging
import time
from collections import deque
from functools import partial
from typing import Any

from vaurien import story
from vaurien.active import ActiveHandler
from vaurien.call import Call
from vaurien.chance import draw
from vaurien.flow import Flow
from vaurien.protocols.base import Conversation, Message, Part
from vaurien.relay import CHUNK

log = logging.getLogger("vaurien.session")

WHOLE = CHUNK
"""A handler gets a message of up to so many bytes whole; of a longer one, the rest passes, or goes with it."""


class MessageFlow(Flow):
    """A flow that knows where messages begin and end, as long as the session has a conversation that is not plain.

    `parts` were cut and wait; `passed` are bytes that are to be written together. `message` is the one in hand, whose
    further parts pass, or are dropped if `drops`. `gathered` are its parts for the `taker`, a handler that gets it
    when there is enough; `whole` says that there was all of it.
    """

    __slots__ = ("drops", "gathered", "message", "parts", "passed", "taker", "taking", "whole")

    def __init__(self, *args: Any) -> None:
        self.parts: deque[Part] = deque()
        self.passed: list[bytes] = []
        self.message: Message | None = None
        self.drops = False
        self.gathered: list[bytes] = []
        self.taker: ActiveHandler | None = None
        self.taking = False
        self.whole = False
        super().__init__(*args)

    # what comes

    def on_readable(self) -> None:
        """The source has something to say, or has ended. Runs in the event loop: nothing here may block."""
        try:
            conversation = self.session.joined(self.to_backend)
            if conversation is None:
                return self.relay()
            if conversation.plain:
                return super().on_readable()
            self.read(conversation)
        except Exception:
            self.failed()

    def read(self, conversation: Conversation) -> None:
        """Reads once, and deals with the messages that are in it."""
        try:
            data = self.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            return self.source_lost()
        if data:
            self.came(data)
            self.pump()
        elif self.taking:
            self.take(whole=False)  # the end is read again after that
        else:
            self.write(conversation.rest(self.to_backend))
            if not self.pending and not self.stopped:
                self.source_ended()

    def came_back(self, data: bytes) -> None:
        """These bytes were kept, and pass now as they are."""
        if data:
            self.parts.append(Part(data))
            self.listen()

    def is_quiet(self) -> bool:
        """Whether this is between two messages."""
        return not (self.message or self.parts or self.greenlet or self.session.conversation.holds(self.to_backend))

    def came(self, data: bytes) -> None:
        """These bytes were read."""
        conversation = self.session.conversation
        self.parts.extend(conversation.requests(data) if self.to_backend else conversation.replies(data))
        if conversation.plain:
            self.session.turned_plain(self.to_backend)

    def pump(self) -> None:
        """Deals with what was cut, until somebody is at work on it."""
        while self.parts and not self.busy():
            part = self.parts.popleft()
            message = part.message
            if message is None and self.taking:
                self.parts.appendleft(part)
                self.take(whole=False)  # it will never be whole
            elif message is None:
                self.passed.append(part.data)
            elif message is self.message:
                self.go_on_with(part, message)
            elif message.to_backend != self.to_backend:
                self.say_answer(message)
            elif not self.begin(part, message):
                self.parts.appendleft(part)
                break
        if self.passed:
            self.flush()

    def busy(self) -> bool:
        """Whether somebody is at work, or the destination is full."""
        return bool(self.greenlet or self.alarm or self.pending or self.held or self.stopped or self.unread)

    def flush(self) -> None:
        """Writes what has passed, in one go."""
        passed, self.passed = self.passed, []
        data = passed[0] if len(passed) == 1 else b"".join(passed)
        if data:
            self.write(data)

    # one message

    def begin(self, part: Part, message: Message) -> bool:
        """The first part of a message: chooses who acts on it. False if that has to wait until more was written."""
        handler = self.forced_for(message)
        choice = self.crew.choices[self.to_backend]
        deferred = handler is None and choice is not None and choice.deferred
        if handler is None and choice is not None and not deferred:
            handler = choice.choose(draw(self.identity(), self.calls + 1))
        if handler is not None or deferred:
            if self.passed:
                self.flush()
                if self.pending or self.stopped:
                    return False
            self.forced = None
        self.message = message
        self.drops = False
        if handler is not None and handler.pauses:
            self.pass_after_pause(part, handler)
        elif handler is not None or deferred:
            self.taking, self.taker = True, handler
            self.gather(part)
        else:
            self.calls += 1
            self.go_on_with(part, message)
            if self.crew.verbose:
                story.call_relayed(self, message)
        return True

    def forced_for(self, message: Message) -> ActiveHandler | None:
        """Who gets this message, whatever is drawn for it."""
        request = message.request
        if request is not None and request.handler is not None and message.final:
            return request.handler  # type: ignore[no-any-return]
        return self.forced

    def go_on_with(self, part: Part, message: Message) -> None:
        """One more part of the message in hand."""
        if self.taking:
            return self.gather(part)
        if not self.drops:
            self.passed.append(part.data)
        if part.last:
            self.message_over(message)

    def gather(self, part: Part) -> None:
        """A part for a handler, who gets the message when it is whole, or large, or its sender waits for a word."""
        self.gathered.append(part.data)
        if part.last or part.now or sum(map(len, self.gathered)) >= WHOLE:
            self.take(part.last)

    def take(self, whole: bool) -> None:
        """The handler gets what was gathered."""
        self.taking, self.whole = False, whole
        self.unread, self.gathered = b"".join(self.gathered), []
        self.filtered = False
        self.start_call(self.taker)

    def pass_after_pause(self, part: Part, handler: ActiveHandler) -> None:
        """A call of a handler that only waits before the message passes."""
        self.calls += 1
        self.handled += 1
        call = self.new_call(handler)
        self.session.count(call)
        try:
            seconds = handler.pause(call)
        except BaseException as exc:
            call.error = exc
            return self.session.call_failed(call)  # type: ignore[no-any-return]
        self.parts.appendleft(part)
        if seconds > 0:
            self.reader.stop()
            over = partial(self.pause_over, call, seconds)
            self.alarm = self.proxy.shared.clock.at(call.started_at + seconds, over)
        else:
            self.session.call_done(call, True)

    def pause_over(self, call: Call, seconds: float) -> None:
        """The time is up: the message passes."""
        self.alarm = None
        self.proxy.counters.delayed(seconds, time.monotonic() - call.started_at)
        try:
            self.session.call_done(call, True)
            self.listen()
        except Exception:
            self.failed()

    def new_call(self, handler: ActiveHandler | None) -> Call:
        call = super().new_call(handler)
        call.message = self.message
        call.whole = self.whole
        return call

    def go_on(self, call: Call) -> None:
        """A call in a greenlet is over; so is its message, or what is left of it passes, or goes too."""
        message = self.message
        if message is None or self.stopped or self.unread or not call.consumed:
            return super().go_on(call)
        if self.whole:
            self.message_over(message)
        elif getattr(call.handler.act, "every_piece", False) and not self.drops:
            self.taking, self.taker = True, call.handler
        super().go_on(call)

    def message_over(self, message: Message) -> None:
        """The message in hand is over, here and on its way."""
        self.message = None
        self.whole = False
        if not self.to_backend:
            if message.request is not None and message.final:
                self.session.conversation.delivered(message.request)
            self.answer_due()

    def drop_rest(self) -> None:
        """What has not come yet of the message in hand goes nowhere."""
        self.drops = True

    # answers in the backend's place

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
        if request.closes:
            self.flush()
            self.session.finish("closed as the backend would")

    # going on

    def listen(self) -> None:
        """Deals with what was cut already, then starts the reader, if nothing speaks against reading on."""
        if self.parts and not self.busy():
            self.pump()
        if not self.parts or self.unread:
            super().listen()

    def read_part(self) -> bytes:
        """For a handler that reads on: the bytes of the next part that was cut; empty if none waits."""
        if not self.parts:
            return b""
        part = self.parts.popleft()
        if part.message is not None:
            self.message, self.whole = part.message, part.last
        return part.data
