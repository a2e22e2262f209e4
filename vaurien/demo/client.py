"""Client: one request, and what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum

from gevent import socket

from vaurien.address import Address
from vaurien.demo.backend import BODY

REQUEST = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"
TIMEOUT = 2.0
"""How long the client waits for the backend to say something, in seconds."""
LATE = 0.1
"""An answer that takes so long is late, in seconds."""


class Kind(Enum):
    """What a request came to; each value is the word for it that users read."""

    FINE = "fine"
    LATE = "late"
    GARBAGE = "garbage"
    RESET = "reset"
    LOST = "no answer"


@dataclass(frozen=True)
class Outcome:
    """What one request came to, `seconds` after the client began to connect. A late answer that is garbage too is
    `Kind.GARBAGE`."""

    kind: Kind
    seconds: float


def ask(address: Address) -> Outcome:
    """Makes one request over a connection of its own. Raises nothing that a network can do to it."""
    started = time.monotonic()
    try:
        answer = exchange(address)
    except ConnectionResetError:
        return Outcome(Kind.RESET, time.monotonic() - started)
    except OSError:
        return Outcome(Kind.LOST, time.monotonic() - started)
    seconds = time.monotonic() - started
    if not is_right(answer):
        return Outcome(Kind.GARBAGE, seconds)
    return Outcome(Kind.LATE if seconds >= LATE else Kind.FINE, seconds)


def exchange(address: Address) -> bytes:
    """All that the other side says until it closes."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(TIMEOUT)
        sock.connect((address.host, address.port))
        sock.sendall(REQUEST)
        answer = b""
        while piece := sock.recv(4096):
            answer += piece
        return answer


def is_right(answer: bytes) -> bool:
    """Whether it is HTTP, a success, and holds what the backend has to say."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.partition(b"\r\n")[0].split(b" ")
    return len(status) == 3 and status[0].startswith(b"HTTP/1.") and status[1] == b"200" and body == BODY
