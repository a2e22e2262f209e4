"""A relay that uses a protocol as the proxy does, as small as can be: for what real drivers make of it.

It records what has passed, so that real sessions can be cut again in other ways.
"""

from __future__ import annotations

import random
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.peers import backend
from tests.protocols.cutting import Cut, Step, cuts
from vaurien.protocols.base import Answer, Conversation, Message, Part, Protocol

Decide = Callable[[Message], str | None]
"""Which error the client gets for a request; None: it goes on to the backend."""


class Session:
    """One session. `steps` is what has passed in the order in which it came, `parts` what it was cut into."""

    def __init__(self, protocol: Protocol, client: socket.socket, server: socket.socket, decide: Decide) -> None:
        self.protocol, self.client, self.server, self.decide = protocol, client, server, decide
        self.conversation: Conversation = protocol.conversation()
        self.steps: list[Step] = []
        self.parts: list[tuple[bool, Part]] = []
        self.refused: set[int] = set()
        self.decided: dict[int, Message] = {}

    @property
    def cuts(self) -> list[Cut]:
        return cuts(self.parts)

    def run(self) -> None:
        while True:
            ready, _, _ = select.select([self.client, self.server], [], [], 30)
            for sock in ready:
                data = sock.recv(65536)
                if not data or not self.passed(sock is self.client, data):
                    return

    def passed(self, to_backend: bool, data: bytes) -> bool:
        """Whether the session goes on."""
        self.steps.append((to_backend, data))
        parts = self.conversation.requests(data) if to_backend else self.conversation.replies(data)
        for part in parts:
            self.parts.append((to_backend, part))
            if to_backend:
                self.asked(part)
            else:
                self.client.sendall(part.data)
                message = part.message
                if message and message.request and message.final and part.last:
                    self.conversation.delivered(message.request)
            if not self.answered():
                return False
        return self.answered()

    def asked(self, part: Part) -> None:
        message = part.message
        if message is not None and id(message) not in self.decided:
            self.decided[id(message)] = message  # kept, so that no other gets its id
            choice = self.decide(message) if message.answerable else None
            if choice is not None:
                self.refused.add(id(message))
                self.refuse(message, choice)
        if message is None or id(message) not in self.refused:
            self.server.sendall(part.data)

    def refuse(self, message: Message, choice: str) -> None:
        answer: Answer = self.protocol.error(message, choice, self.conversation, {}, random.Random(1))
        self.conversation.refuse(message, answer)
        self.server.sendall(self.conversation.in_place_of(message))

    def answered(self) -> bool:
        while (request := self.conversation.due()) is not None:
            self.client.sendall(request.answer or b"")
            if request.closes:
                return False
        return True


class Relay:
    """What listens at `port`, and its `sessions`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sessions: list[Session] = []


@contextmanager
def relay(protocol: Protocol, port: int, decide: Decide = lambda message: None) -> Iterator[Relay]:
    """A relay to the server at `port` of this machine."""

    def serve(sock: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            session = Session(protocol, sock, server, decide)
            made.sessions.append(session)
            session.run()

    with backend(serve) as listening:
        made = Relay(listening.address[1])
        yield made


def plain(made: Relay) -> list[str]:
    """What made its sessions plain."""
    return [session.conversation.plain for session in made.sessions if session.conversation.plain]
