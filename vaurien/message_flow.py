"""Message flow: one direction of a session whose protocol is known, cut into messages: a call is one of them."""

from __future__ import annotations

from typing import Any

from vaurien import story
from vaurien.active import ActiveHandler
from vaurien.call import Call
from vaurien.protocols.base import Conversation, Message, Part
from vaurien.relay import CHUNK
from vaurien.turns import Turns

WHOLE = CHUNK
"""A handler gets a message of up to so many bytes whole; of a longer one, the rest passes, or goes with it."""


class MessageFlow(Turns):
    """A flow that knows where messages begin and end, as long as the session has a conversation that is not plain.

    `gathered` are parts of the message in hand for the `taker`, a handler that gets them when there is enough.
    """

    __slots__ = ("gathered", "taker", "taking")

    def __init__(self, *args: Any) -> None:
        self.gathered: list[bytes] = []
        self.taker: ActiveHandler | None = None
        self.taking = False
        super().__init__(*args)

    # what comes

    def on_readable(self) -> None:
        """The source has something to say, or has ended. Runs in the event loop: nothing here may block."""
        try:
            session = self.session
            conversation = session.conversation
            if conversation is None:
                if not self.crew.cuts:
                    session.spoke = self.to_backend
                    return self.relay()
                if self.to_backend and (moment := session.quiet_at()):
                    return self.wait_quiet(moment)
            if conversation is None or not self.crew.cuts:
                conversation = session.joined(self.to_backend)
                if conversation is None:
                    return self.relay()
            if conversation.plain:
                self.message, self.taking = None, False
                return super().on_readable()
            self.read(conversation)
        except Exception:
            self.failed()

    def wait_quiet(self, moment: float) -> None:
        """Reads nothing before `moment`, and asks again then. An end need not wait."""
        if self.has_something():
            self.reader.stop()
            self.alarm = self.proxy.shared.clock.at(moment, self.quiet)

    def quiet(self) -> None:
        """It may be quiet now."""
        self.alarm = None
        try:
            self.listen()
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
            rest = conversation.rest(self.to_backend)
            if rest and not self.drops:
                self.write(rest)
            if not self.pending and not self.stopped:
                self.source_ended()

    def came_back(self, data: bytes) -> None:
        """The conversation is plain: what was kept passes as it is, and what was gathered will never be whole."""
        if data:
            self.parts.append(Part(data))
        if self.taking:
            self.take(whole=False)
        self.listen()

    def is_quiet(self) -> bool:
        """Whether this is between two messages."""
        return not (self.message or self.parts or self.greenlet or self.session.conversation.holds(self.to_backend))

    def came(self, data: bytes) -> None:
        """These bytes were read."""
        conversation = self.session.conversation
        plain = conversation.plain
        self.parts.extend(conversation.requests(data) if self.to_backend else conversation.replies(data))
        if conversation.plain and not plain:
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
        if self.taking and not self.parts and self.session.conversation.plain:
            self.take(whole=False)  # neither will it: it was cut before the other direction made the session plain
        if self.passed:
            self.flush()

    # one message

    def begin(self, part: Part, message: Message) -> bool:
        """The first part of a message: chooses who acts on it. False if that has to wait until more was written."""
        if self.deaf or (message.request is not None and message.request.answer is not None):
            self.drop(part, message)
            return True
        handler = self.forced_for(message)
        choice = self.crew.choices[self.to_backend]
        deferred = handler is None and choice is not None and choice.deferred
        if handler is None and choice is not None and not deferred:
            handler = choice.pick(self, self.calls + 1, message, part.data)
        if handler is not None or deferred:
            if self.passed:
                self.flush()
                if self.pending or self.stopped:
                    return False
            self.forced = None
        self.message = message
        self.drops = False
        if self.crew.counts:
            self.proxy.counters.command((message.request or message).command, self.to_backend)
        if handler is not None and handler.pauses:
            self.parts.appendleft(part)
            self.pause(handler)
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
        if self.drops and self.to_backend:
            # The turn of the answer to a request that was refused may come only with a later part of it.
            answers = self.session.flows[False]
            answers.answer_due()
            answers.listen()

    def gather(self, part: Part) -> None:
        """A part for a handler, who gets the message when it is whole, or large, or its sender waits for a word."""
        room = WHOLE - sum(map(len, self.gathered))
        if len(part.data) > room:  # always the same bytes, however they came: what chance makes of them is the same too
            self.parts.appendleft(part._replace(data=part.data[room:]))
            part = part._replace(data=part.data[:room], last=False)
        self.gathered.append(part.data)
        if part.last or part.now or len(part.data) == room:
            self.take(part.last)

    def take(self, whole: bool) -> None:
        """The handler gets what was gathered; it is not called for nothing."""
        self.taking, self.whole = False, whole
        self.unread, self.gathered = b"".join(self.gathered), []
        self.filtered = False
        if self.unread:
            self.start_call(self.taker)
        elif whole and self.message is not None:
            self.message_over(self.message)

    def relay_paused(self, call: Call) -> None:
        """Lets the message pass for which the call has waited: it is the next of the parts."""
        if call.message is None:
            super().relay_paused(call)
        else:
            self.session.call_done(call, True)

    def new_call(self, handler: ActiveHandler | None) -> Call:
        call = super().new_call(handler)
        call.message = self.message
        call.whole = self.whole
        return call

    def go_on(self, call: Call) -> None:
        """A call in a greenlet is over; so is its message, or what is left of it passes, or goes too."""
        message = self.message
        if message is None or self.stopped or not call.consumed:
            pass
        elif self.unread:
            message.answerable = False  # a part of it may be on its way
        elif self.whole:
            self.message_over(message)
        elif call.handler is not None and call.handler.wants_all and not self.drops:
            self.taking, self.taker = True, call.handler
        super().go_on(call)

    # going on

    def listen(self) -> None:
        """Deals with what was cut already, then starts the reader, if nothing speaks against reading on."""
        if self.closes:
            return self.close_written()
        if self.parts and not self.busy():
            self.pump()
        if not self.parts or self.unread:
            super().listen()
