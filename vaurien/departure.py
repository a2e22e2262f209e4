"""Departure: waiting until a peer leaves, without reading what it says."""

from __future__ import annotations

import select
from collections.abc import Sequence

import gevent
from gevent.socket import wait_read

LEFT = getattr(select, "POLLRDHUP", 0)
INTERVAL = 0.25
"""How often to look, in seconds, where the kernel has no epoll that could tell."""


def wait(descriptors: Sequence[int]) -> None:
    """Blocks this greenlet until the peer of one of the sockets has closed, half-closed or reset its connection."""
    try:
        epoll = select.epoll()
    except (AttributeError, OSError):  # not Linux, or no descriptor left
        return _wait_polling(descriptors)
    with epoll:
        for descriptor in descriptors:
            epoll.register(descriptor, select.EPOLLRDHUP)
        wait_read(epoll.fileno())  # an epoll is readable when it has something to tell: epoll(7)


def left(descriptors: Sequence[int]) -> bool:
    """Whether the peer of one of the sockets has left by now."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, LEFT)
    return bool(poll.poll(0))


def _wait_polling(descriptors: Sequence[int]) -> None:
    while not left(descriptors):
        gevent.sleep(INTERVAL)
