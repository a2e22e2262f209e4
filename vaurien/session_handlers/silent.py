"""The ``silent`` session handler: nobody is there."""

from __future__ import annotations

import time

import gevent
from gevent.socket import socket

from vaurien.options import Option
from vaurien.session_handlers.base import NewSession, SessionHandler

CHUNK = 65536
"""The most that one read takes, in bytes."""


class Silent(SessionHandler):
    """Accepts the client, and never answers, until it leaves or `time` is over and its connection is closed.

    No backend is contacted. What the client says is read and dropped: so it can say all it wants and then waits for
    the answer, which is where its own timeout has to help; nothing piles up here, and that it leaves is noticed at
    once, however much it has said before. (``hang``, a handler of calls, reads nothing more, so that a client is
    stopped by full buffers.) A client that half-closes its connection has left, too.
    """

    name = "silent"
    options = {
        "time": Option("For how long; 0 is until the client leaves", float, 0.0, minimum=0, unit="seconds"),
    }

    def __call__(self, session: NewSession) -> bool:
        seconds = self.option("time")
        end = time.monotonic() + seconds if seconds else float("inf")
        while (left := end - time.monotonic()) > 0:
            with gevent.Timeout(left if seconds else None, False):  # type: ignore[arg-type]  # it is said to be silent
                self.listen_till_the_end(session.client_sock)
                break
        return False

    def listen_till_the_end(self, sock: socket) -> None:
        """Drops what comes, until no more will."""
        while sock.recv(CHUNK):
            gevent.sleep(0)  # one that talks without end does not keep others from their turn
