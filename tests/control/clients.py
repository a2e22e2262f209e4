"""A client for each daemon of the tests."""

from __future__ import annotations

from typing import Any

from tests.control.controlled import Controlled
from tests.peers import receive_exactly
from tests.running import DEADLINE
from vaurien.client import Client


def client_of(api: Controlled, **more: Any) -> Client:
    """A client as its user makes one."""
    given: dict[str, Any] = {"token": api.token, "timeout": DEADLINE, **more}
    return Client(api.url or str(api.address), **given)


def says_back(api: Controlled) -> bool:
    """Whether a new session's first request is answered; if not, it has been closed."""
    with api.running.connect() as peer:
        peer.sendall(b"hello")
        if not peer.recv(1):
            return False
        assert receive_exactly(peer, 4) == b"ello"
        return True
