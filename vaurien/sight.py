"""Sight: what a match sees of a call, before anybody is chosen for it."""

from __future__ import annotations

from typing import Any

from vaurien.protocols.base import Message


class Sight:
    """`flow` is the direction in which the call is, `message` what it is where messages are known, `first` its first
    bytes then."""

    __slots__ = ("first", "flow", "message")

    def __init__(self, flow: Any, message: Message | None, first: bytes | None) -> None:
        self.flow = flow
        self.message = message
        self.first = first

    @property
    def ordinal(self) -> int:
        """The session's."""
        return int(self.flow.session.ordinal)

    @property
    def host(self) -> str:
        """The client's, as a text; empty if it has none."""
        return host_of(self.flow.session.client_address)

    @property
    def data(self) -> bytes:
        """What waits to be read, up to 64 KiB; of a message, its first part."""
        return self.flow.session.peek(self.flow.to_backend) if self.first is None else self.first


def host_of(client_address: Any) -> str:
    """The host in a client's address, as a text; empty for a client on a Unix socket."""
    return str(client_address[0]) if isinstance(client_address, tuple) else ""
