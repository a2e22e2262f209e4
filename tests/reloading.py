"""The program with an INI file that a test writes anew while it runs."""

import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.asking import write
from tests.peers import Backend, receive_exactly
from tests.program import POLL, Program, program
from tests.running import DEADLINE

SHARED = "[vaurien]\nshutdown_timeout = 0.2\nbehavior = {behavior}\n"
OUTCOME = re.compile(r"^.* (?:INFO|ERROR) (?:not )?reloaded.*$", re.MULTILINE)


class Reloaded:
    """The program with an INI file that a test writes anew; proxies listen on Unix sockets in the test's folder."""

    def __init__(self, running: Program, folder: Path, server: Backend) -> None:
        self.running = running
        self.folder = folder
        self.distant = "{}:{}".format(*server.address)
        self.said = 0

    def hang_up(self, text: str, answer: str = r"INFO reloaded$") -> str:
        """Writes the INI, sends SIGHUP and returns the line of the log that says what became of it."""
        write(self.folder, {"vaurien.ini": text})
        self.running.process.send_signal(signal.SIGHUP)
        self.said += 1
        end = time.monotonic() + DEADLINE
        while len(lines := OUTCOME.findall(self.running.log)) < self.said:
            assert time.monotonic() < end, "nothing is said of the reload"
            time.sleep(POLL)
        assert re.search(answer, lines[-1]), lines[-1]
        return lines[-1]

    def connect(self, name: str) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(DEADLINE)
        try:
            client.connect(str(self.folder / name))
        except OSError:
            client.close()
            raise
        return client

    def proxy(self, name: str, local: str | None = None, more: str = "", distant: str | None = None) -> str:
        """A section of the INI."""
        ends = f"local = unix:{self.folder}/{local or name}\ndistant = {distant or self.distant}\n"
        return f"[proxy:{name}]\n{ends}{more}"


@contextmanager
def reloaded(folder: Path, server: Backend, behavior: str = "100:dummy", *argv: str) -> Iterator[Reloaded]:
    """The program with one proxy, "a", that listens on a Unix socket of this name."""
    host, port = server.address
    text = f"[proxy:a]\nlocal = unix:{folder}/a\ndistant = {host}:{port}\n"
    path = write(folder, {"vaurien.ini": SHARED.format(behavior=behavior) + text})
    with program("--config", path, *argv) as running:
        found = Reloaded(running, folder, server)
        with found.connect("a") as client:  # once this is answered, SIGHUP is awaited
            assert len(ask(client)) == 5
        yield found


def ask(client: socket.socket) -> bytes:
    """What five bytes are answered."""
    client.sendall(b"hello")
    return receive_exactly(client, 5)


def answers(client: socket.socket) -> bool:
    return ask(client) == b"hello"
