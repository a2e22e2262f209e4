"""Pipes: the kernel buffers through which ``splice`` moves bulk bytes, pooled."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

SIZE = 1 << 20
"""What a pipe is asked to hold, in bytes: /proc/sys/fs/pipe-max-size for a user without privileges."""
SPARE = 64
"""So many pipes are kept for the next burst (chosen arbitrarily)."""

CAN_SPLICE = hasattr(os, "splice")
F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", 1031)

Pipe = tuple[int, int]


class PipePool:
    """Pipes for the flows of one daemon. `taken` is the number that flows have now."""

    def __init__(self) -> None:
        self.taken = 0
        self._spare: list[Pipe] = []

    def take(self) -> Pipe | None:
        """An empty pipe (read end, write end), or None where there is no splice, or no descriptor left.

        The caller gives it back with `give` if it is empty, or with `discard`.
        """
        if self._spare:
            self.taken += 1
            return self._spare.pop()
        if not CAN_SPLICE:
            return None
        try:
            pipe = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        with suppress(OSError):  # the user's limit of pipe pages is reached: a small pipe serves too
            fcntl.fcntl(pipe[1], F_SETPIPE_SZ, SIZE)
        self.taken += 1
        return pipe

    def give(self, pipe: Pipe) -> None:
        """Takes back a pipe. It must be empty: bytes inside would turn up in another session."""
        self.taken -= 1
        if len(self._spare) < SPARE:
            self._spare.append(pipe)
        else:
            _close(pipe)

    def discard(self, pipe: Pipe) -> None:
        """Takes back a pipe that still holds bytes: it is closed, and the bytes are lost."""
        self.taken -= 1
        _close(pipe)

    def close(self) -> None:
        """Closes the spare pipes; those that flows have are theirs to give back."""
        while self._spare:
            _close(self._spare.pop())


def _close(pipe: Pipe) -> None:
    os.close(pipe[0])
    os.close(pipe[1])
