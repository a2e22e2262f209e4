"""What a client sees of a toxic: when something happens, how much passes, and in which pieces.

Each probe talks to the backend of `echo.py` through a proxy. Every error is a BenchmarkError.
"""

import contextlib
import select
import socket
import time
from collections.abc import Iterator

from benchmarks.echo import GREETING
from benchmarks.errors import BenchmarkError

DEADLINE = 10.0  # seconds for whatever is waited for
REQUEST = b"x" * 64
BLOCK = b"x" * 65_536


@contextlib.contextmanager
def session(port: int) -> Iterator[socket.socket]:
    """A connection that is known to reach the backend, by its greeting."""
    try:
        with socket.create_connection(("127.0.0.1", port), DEADLINE) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            said = sock.recv(len(GREETING))
            if said != GREETING:
                raise BenchmarkError(f"a session was greeted by {said!r}")
            yield sock
    except OSError as exc:
        raise BenchmarkError(f"a session has failed: {exc}") from exc


def until_closed(port: int) -> float:
    """Seconds from a request that nobody answers to the end of the connection."""
    with session(port) as sock:
        began = time.perf_counter()
        sock.sendall(REQUEST)
        _expect_end(sock)
        return time.perf_counter() - began


def until_end_passed(port: int) -> float:
    """Seconds from the client's end of the stream to the backend's, which follows at once."""
    with session(port) as sock:
        began = time.perf_counter()
        sock.shutdown(socket.SHUT_WR)
        _expect_end(sock)
        return time.perf_counter() - began


def until_reset(port: int) -> float:
    """Seconds from a request to the reset of the connection."""
    with session(port) as sock:
        began = time.perf_counter()
        sock.sendall(REQUEST)
        try:
            said = sock.recv(1)
        except ConnectionResetError:
            return time.perf_counter() - began
        raise BenchmarkError(f"a session that was to be reset {f'said {said!r}' if said else 'was closed'}")


def _expect_end(sock: socket.socket) -> None:
    said = sock.recv(1)
    if said:
        raise BenchmarkError(f"a session that was to be closed said {said!r}")


def passed_in(port: int, seconds: float) -> int:
    """How many bytes come back in so many seconds, from the first that is sent, while as much is sent as goes."""
    with session(port) as sock:
        sock.setblocking(False)
        count, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            readable, writable, _ = select.select([sock], [sock], [], left)
            with contextlib.suppress(BlockingIOError):
                if writable:
                    sock.send(BLOCK)
                else:  # there is room for nothing more: until something comes
                    select.select([sock], [], [], min(left, 0.01))
            with contextlib.suppress(BlockingIOError):
                count += len(sock.recv(len(BLOCK))) if readable else 0
        return count


def pieces(port: int, size: int) -> list[int]:
    """The sizes in which a request of `size` bytes comes back, in ascending order. Pieces that come close to each other
    may be seen as one."""
    with session(port) as sock:
        sock.sendall(b"x" * size)
        found = []
        while sum(found) < size:
            found.append(len(sock.recv(len(BLOCK))))
            if not found[-1]:
                raise BenchmarkError(f"a session has ended after {sum(found)} of {size} bytes")
        return sorted(found)


def passed_at_most(port: int) -> int:
    """How many bytes come to the client, the greeting among them, until the connection is closed; each request waits
    for an answer of its length."""
    with session(port) as sock:
        count = len(GREETING)
        while True:
            sock.sendall(REQUEST)
            wanted = count + len(REQUEST)
            while count < wanted:
                data = sock.recv(wanted - count)
                if not data:
                    return count
                count += len(data)
