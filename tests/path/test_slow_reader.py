"""A peer that does not read stops the other; the daemon's memory stays small meanwhile, and nothing is lost."""

from __future__ import annotations

import hashlib
import os
import re
import select
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.path.tools import together
from tests.program import program
from tests.running import DEADLINE

TOTAL = 200_000_000
BLOCK = 1 << 20
MOST = 40_000_000
"""How many bytes the daemon's memory may grow."""
STALLED = 0.3
"""A sender that cannot send for so long, in seconds, is stopped."""
BASE = os.urandom(BLOCK - 8)

BEHAVIORS = {
    "dummy": [],
    "delay": ["--behavior", "100:delay", "--handlers.delay.sleep", "0"],
}


def blocks() -> Iterator[bytes]:
    """The whole body, in blocks that all differ."""
    for number in range(TOTAL // BLOCK):
        yield struct.pack(">Q", number) + BASE
    yield b"\xff" * (TOTAL % BLOCK)


def digest_of_body() -> str:
    digest = hashlib.sha256()
    for block in blocks():
        digest.update(block)
    return digest.hexdigest()


def digest_of_rest(sock: socket.socket) -> str:
    digest = hashlib.sha256()
    buffer = bytearray(BLOCK)
    while count := sock.recv_into(buffer):
        digest.update(memoryview(buffer)[:count])
    return digest.hexdigest()


def memory(pid: int, what: str) -> int:
    """A size in bytes from the process's status: VmRSS is what it has now, VmHWM the most that it ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)
    assert match is not None
    return int(match[1]) * 1024


class Sender:
    """Sends the body as far as the other side lets it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.blocks = blocks()
        self.rest = memoryview(b"")
        self.sent = 0

    def send_until_stalled(self) -> None:
        while select.select([], [self.sock], [], STALLED)[1]:
            self.rest = self.rest or memoryview(next(self.blocks))
            count = self.sock.send(self.rest, socket.MSG_DONTWAIT)
            self.rest = self.rest[count:]
            self.sent += count

    def send_rest(self) -> None:
        self.sock.sendall(self.rest)
        for block in self.blocks:
            self.sock.sendall(block)
        self.sock.shutdown(socket.SHUT_WR)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")
@pytest.mark.parametrize("behavior", BEHAVIORS.values(), ids=BEHAVIORS)
@pytest.mark.parametrize("to_backend", [False, True], ids=["to_client", "to_backend"])
def test_memory_is_bounded_and_nothing_is_lost(to_backend: bool, behavior: list[str]) -> None:
    if behavior:
        behavior = [*behavior, "--handlers.delay.direction", "to_backend" if to_backend else "to_client"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        distant = f"127.0.0.1:{listener.getsockname()[1]}"
        with (
            program("--local", "127.0.0.1:0", "--distant", distant, *behavior) as daemon,
            socket.create_connection(("127.0.0.1", daemon.port), DEADLINE) as client,
            listener.accept()[0] as backend,
        ):
            backend.settimeout(DEADLINE)
            source, reader = (Sender(client), backend) if to_backend else (Sender(backend), client)
            pid = daemon.process.pid
            before = memory(pid, "VmRSS")
            source.send_until_stalled()
            assert source.sent < TOTAL - MOST, "nobody has stopped the sender"
            assert memory(pid, "VmRSS") - before < MOST
            expected, received, _ = together(digest_of_body, lambda: digest_of_rest(reader), source.send_rest)
            assert received == expected
            assert memory(pid, "VmHWM") - before < MOST
