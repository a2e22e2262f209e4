"""The memory that an idle session costs a proxy."""

import contextlib
import re
import socket
from pathlib import Path

from benchmarks.errors import BenchmarkError

DEADLINE = 10.0  # seconds for each connect and each answer
PING, PONG = b"PING\r\n", b"+PONG\r\n"


def kilobytes_per_session(port: int, pid: int, sessions: int) -> float:
    """Resident kB (1 000 bytes) by which process `pid`, a proxy before Redis, grows per session; closes them all.

    Each session is opened, carries one PING and its answer, and then idles: so it is certain that it reaches the
    backend. One session before the first reading takes what a proxy sets up only once. After the last reading every
    session is asked again, because one that was dropped meanwhile would have cost nothing.
    """
    if sessions < 1:
        raise BenchmarkError("the limit of open files leaves room for no session")
    with contextlib.ExitStack() as open_sessions:
        open_sessions.enter_context(_session(port))
        before = resident_bytes(pid)
        clients = [open_sessions.enter_context(_session(port)) for _ in range(sessions)]
        after = resident_bytes(pid)
        for client in clients:
            _ping(client)
    return (after - before) / sessions / 1000


def _session(port: int) -> socket.socket:
    try:
        client = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
    except OSError as exc:
        raise BenchmarkError(f"an idle session cannot be opened: {exc}") from exc
    try:
        _ping(client)
    except BenchmarkError:
        client.close()
        raise
    return client


def _ping(client: socket.socket) -> None:
    answer = b""
    try:
        client.sendall(PING)
        while len(answer) < len(PONG):
            data = client.recv(64)
            if not data:
                break
            answer += data
    except OSError as exc:
        raise BenchmarkError(f"an idle session broke: {exc}") from exc
    if answer != PONG:
        raise BenchmarkError(f"an idle session answered PING with {answer!r}")


def resident_bytes(pid: int) -> int:
    """The resident set of a process.

    From smaps_rollup, which walks the page tables: VmRSS in /proc/PID/status is a per-CPU counter, off by many pages.
    """
    return parse_resident(Path(f"/proc/{pid}/smaps_rollup").read_text())


def parse_resident(text: str) -> int:
    """Bytes of the line `Rss:` in the text of a smaps_rollup file, which counts in units of 1 024 bytes."""
    found = re.search(r"^Rss:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise BenchmarkError("smaps_rollup has no line Rss")
    return int(found.group(1)) * 1024
