"""Limits: how much of the control API one client can have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Times are in seconds, sizes in bytes.

    `connections` may be open at once. `head` is for the whole of a request's first lines and `body` for the whole of
    its body, however many pieces they come in; `write` is for each piece of an answer; `idle` is for the silence
    between two requests on one connection; `linger` is for what a client still sends that has been refused. A request
    line has at most `line_bytes`, it and all headers `head_bytes` and `headers` lines.
    """

    connections: int = 256
    head: float = 10.0
    body: float = 30.0
    write: float = 10.0
    idle: float = 60.0
    linger: float = 2.0
    stop: float = 1.0
    line_bytes: int = 8192
    head_bytes: int = 32768
    headers: int = 100
    body_bytes: int = 1 << 20
    linger_bytes: int = 8 << 20
