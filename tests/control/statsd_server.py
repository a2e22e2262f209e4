"""A statsd server that adds up what it is sent, and nothing else."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.running import DEADLINE
from vaurien.settings import StatsdSettings

LINE = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+):(?P<value>-?\d+)\|(?P<kind>[cg])$")


class Server:
    """A statsd server: adds up what it is sent. `packets` are those that came, each as it was."""

    def __init__(self, family: int = socket.AF_INET) -> None:
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.sock.settimeout(DEADLINE)
        self.counts: Counter[str] = Counter()
        self.gauges: dict[str, int] = {}
        self.packets: list[str] = []

    def settings(self, prefix: str = "vaurien") -> StatsdSettings:
        host, port = self.sock.getsockname()[:2]
        return StatsdSettings(host, port, prefix)

    def wait_count(self, name: str, count: int) -> None:
        """Receives until this counter has come so far, and fails if it has gone further."""
        end = time.monotonic() + DEADLINE
        while self.counts[name] < count:
            assert time.monotonic() < end, f"{name} is {self.counts[name]} in {dict(self.counts)}"
            self.receive()
        assert self.counts[name] == count

    def receive(self) -> None:
        """Takes one packet."""
        packet = self.sock.recv(65536).decode()
        self.packets.append(packet)
        for line in packet.split("\n"):
            match = LINE.match(line)
            assert match, line
            if match["kind"] == "c":
                self.counts[match["name"]] += int(match["value"])
            else:
                self.gauges[match["name"]] = int(match["value"])

    def receive_rest(self) -> None:
        """Takes all that has arrived."""
        self.sock.setblocking(False)
        try:
            while True:
                self.receive()
        except BlockingIOError:
            self.sock.settimeout(DEADLINE)


@contextmanager
def server(family: int = socket.AF_INET) -> Iterator[Server]:
    found = Server(family)
    with found.sock:
        yield found
