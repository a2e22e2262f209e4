"""The protocol's contract: how the bytes of a session are cut into messages, and how an error is said."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, NamedTuple

from vaurien.protocols.preamble import Preamble

LONGEST_NAME = 200
"""A message's name has at most so many characters."""
CHOICES = ("codes", "errors", "sqlstates")
"""The options of ``error`` that list what it can choose from. A protocol knows one of them."""
MOST_WAITING = 100_000
"""So many requests may wait for their replies; a conversation in which more do is not followed any further."""


class Message:
    """One request or one reply.

    `name` says in a few words what it is (``GET /orders/7``), `command` in one of few words (``GET``), `fields` has
    what it can be matched by. A reply has the `request` that it answers, None if nobody has asked for it; it is `final`
    if no more replies to that request follow. A request is `answerable` if the backend would reply to it at once, so
    that somebody else may in its place.

    The engine's notes: `answer` is what the client gets without the backend, `closes` that its connection ends then;
    `handler` is who gets the reply to this request, whatever is drawn.
    """

    __slots__ = ("answer", "answerable", "closes", "command", "fields", "final", "handler", "name", "request",
                 "to_backend")  # fmt: skip

    def __init__(
        self,
        to_backend: bool,
        name: str = "",
        command: str = "",
        fields: Mapping[str, str] | None = None,
        request: Message | None = None,
        final: bool = True,
        answerable: bool = True,
    ) -> None:
        self.to_backend = to_backend
        self.name = name[:LONGEST_NAME]
        self.command = command
        self.fields: Mapping[str, str] = fields if fields is not None else {}
        self.request = request
        self.final = final
        self.answerable = answerable
        self.answer: bytes | None = None
        self.closes = False
        self.handler: Any = None

    def __repr__(self) -> str:
        return f"<{'request' if self.to_backend else 'reply'} {self.name}>"


class Part(NamedTuple):
    """Some bytes, as they came, of one message: `last` if they are its end. With `now`, who sends them may wait for an
    answer before it sends more of the message. Without a message they belong to none, and only pass."""

    data: bytes
    message: Message | None = None
    last: bool = True
    now: bool = False


class Answer(NamedTuple):
    """What a backend would say, and whether it would close the connection then."""

    data: bytes
    closes: bool = False


class Conversation:
    """Cuts both directions of one session. Pure: bytes in, messages out.

    All bytes that were given come out again in the parts, in order and once, but for what is kept until more has come:
    that is never more than a bound of the protocol. Nothing makes it raise. What it cannot follow turns it `plain`: a
    text that says why; from then on all bytes come out as they went in.
    """

    def __init__(self) -> None:
        self.plain = ""
        self.waiting: deque[Message] = deque()
        self._expected: deque[Message] = deque()
        self._kept = [b"", b""]
        self._gap = 0

    # what a protocol overrides

    def cut_requests(self, data: bytes) -> list[Part]:
        """The parts in what was kept and `data`, which the client has sent. What is not enough to tell what it begins
        is given to `keep`. Whatever this raises turns the conversation plain, and all that it was given passes."""
        raise NotImplementedError

    def cut_replies(self, data: bytes) -> list[Part]:
        """The same for what the backend has sent."""
        raise NotImplementedError

    def in_place_of(self, request: Message) -> bytes:
        """What the backend is to be sent in the place of a request that was refused, so that it stands where the client
        believes it to: a transaction of which the client heard that it has failed must not be committed. What the
        backend replies to these bytes does not come out of `replies`. The engine calls it right after `refuse`; where
        it does not, nothing is expected."""
        return b""

    # what a protocol calls

    def keep(self, to_backend: bool, data: bytes) -> None:
        """These bytes are given again, before what comes next."""
        self._kept[to_backend] = data

    def asked(self, request: Message) -> Message:
        """A request has begun whose reply is still to come. Call it in the order of the requests."""
        if len(self.waiting) >= MOST_WAITING:
            raise ValueError("too many requests without a reply")
        self.waiting.append(request)
        self._expected.append(request)
        return request

    def expected(self) -> Message | None:
        """The request to which the next reply belongs; None if there is none."""
        return self._expected[0] if self._expected else None

    def replied(self) -> None:
        """The last byte of the final reply to it has come."""
        self._expected.popleft()

    def stands_in(self, request: Message) -> None:
        """For `in_place_of`: this is what the backend gets, and replies to, where the refused request was."""
        self._expected.insert(self._gap, request)

    # what the engine calls

    def requests(self, data: bytes) -> list[Part]:
        """The parts that are complete now that the client has sent `data`."""
        return self._cut(True, data)

    def replies(self, data: bytes) -> list[Part]:
        """The parts that are complete now that the backend has sent `data`."""
        return self._cut(False, data)

    def _cut(self, to_backend: bool, data: bytes) -> list[Part]:
        kept = self._kept[to_backend]
        if kept:
            data, self._kept[to_backend] = kept + data, b""
        if self.plain:
            return [Part(data)]
        try:
            return self.cut_requests(data) if to_backend else self.cut_replies(data)
        except Exception as exc:
            self.plain = str(exc) or type(exc).__name__
            self._kept[to_backend] = b""
            return [Part(data)]

    def rest(self, to_backend: bool) -> bytes:
        """What is kept in this direction, and not any longer: the stream has ended, or is plain."""
        kept, self._kept[to_backend] = self._kept[to_backend], b""
        return kept

    def holds(self, to_backend: bool) -> bool:
        """Whether anything is kept in this direction."""
        return bool(self._kept[to_backend])

    def refuse(self, request: Message, answer: Answer) -> None:
        """The backend will not see the request: the client gets this `answer` when its turn has come."""
        request.answer, request.closes = answer
        if request in self._expected:
            self._gap = self._expected.index(request)
            del self._expected[self._gap]

    def replace(self, request: Message, answer: Answer) -> None:
        """The backend has the request, and replies to it; the client gets this `answer` in the place of that reply,
        which the engine drops."""
        request.answer, request.closes = answer

    def delivered(self, request: Message) -> None:
        """The client has the final reply to the request."""
        if self.waiting and self.waiting[0] is request:
            self.waiting.popleft()
        elif request in self.waiting:
            self.waiting.remove(request)

    def due(self) -> Message | None:
        """The next request that has an answer whose turn has come; it waits no more. To be asked after each `requests`
        too: the turn of some comes only with their last part."""
        if self.waiting and self.waiting[0].answer is not None:
            return self.waiting.popleft()
        return None


class Protocol:
    """One protocol. `name` is what users type; `joins` says that a conversation can be followed from its middle.

    `keys` are those of its messages' fields, by which calls can be matched; ``header`` stands for all ``header:NAME``.
    `codes`, `errors` and `sqlstates` are what `error` chooses from where the option of that name says nothing; those
    that are empty mean nothing to this protocol. `choices` is all that the one which is not may list, anything if there
    are none. `alpn` are the names that it has inside TLS (RFC 7301).
    """

    name: ClassVar[str] = ""
    joins: ClassVar[bool] = True
    keys: ClassVar[tuple[str, ...]] = ()
    codes: ClassVar[tuple[str, ...]] = ()
    errors: ClassVar[tuple[str, ...]] = ()
    sqlstates: ClassVar[tuple[str, ...]] = ()
    choices: ClassVar[Collection[str]] = ()
    alpn: ClassVar[tuple[str, ...]] = ()

    def accepting(self) -> Preamble | None:
        """What a client says in the clear before TLS begins; None if it begins with TLS."""
        return None

    def reaching(self) -> Preamble | None:
        """The same for a backend that is to speak TLS."""
        return None

    def conversation(self, joined: bool = False) -> Conversation:
        """What cuts one session; `joined` if its beginning has gone by: the next bytes begin a request."""
        raise NotImplementedError

    def check(self, key: str, choice: str) -> None:
        """Raises `ValueError` if `choice` is none that the option `key` (``codes``…) can have here."""
        if not getattr(self, key):
            raise ValueError(f"{self.name} has no {key}")
        if self.choices and choice not in self.choices:
            raise ValueError(f"expected one of {', '.join(self.choices)}, not {choice!r}")

    def error(
        self,
        request: Message,
        choice: str,
        conversation: Conversation,
        options: Mapping[str, Any],
        source: random.Random,
    ) -> Answer:
        """What a backend would say in the place of a reply to `request`. `choice` is one of the protocol's codes,
        errors or SQLSTATEs."""
        raise NotImplementedError
