"""Pair: two TCP sockets of this process that are connected with each other."""

from __future__ import annotations

import socket

from vaurien.dial import Socket

PATIENCE = 1.0
"""A connection to oneself stands at once; it is given up after so many seconds."""


def connected_pair() -> tuple[Socket, Socket]:
    """Two non-blocking sockets over loopback; the caller closes both. Raises `OSError`.

    TCP, and not a pair of Unix sockets, because these know no reset. The listener lives for one connection only, and
    who else may find it meanwhile is turned away: what a socket says of its own address, no other process can have.
    """
    ours = Socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            # the ports of pairs that have gone are free again at once, and not in a minute
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", 0))
            listener.listen(8)
            for sock in (listener, ours):
                sock.settimeout(PATIENCE)
            ours.connect(listener.getsockname())
            theirs = _accepted(listener, ours.getsockname())
    except BaseException:
        ours.close()
        raise
    for end in (ours, theirs):
        end.setblocking(False)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ours, theirs


def _accepted(listener: socket.socket, address: tuple[str, int]) -> Socket:
    """The connection that comes from `address`."""
    while True:
        descriptor, peer = listener._accept()  # type: ignore[attr-defined]  # as the door does
        sock = Socket(socket.AF_INET, socket.SOCK_STREAM, 0, descriptor)
        if peer == address:
            return sock
        sock.close()
