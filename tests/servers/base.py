"""A real server that lives as long as a `with` block."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from tests.servers.command import clean_environment, dying_with_us, find_program

HOST = "127.0.0.1"
ATTEMPTS = 3  # a free port can be taken by somebody else before the server binds it
STOP_DEADLINE = 15.0  # seconds
POLL = 0.02  # seconds between two looks at a server that starts
# Below those that Linux and macOS give to whoever asks for any port: no client and no listener of a test that runs
# beside this one gets such a port between our look at it and the start of the server that it is for.
PORTS = range(20_000, 32_000)


def free_port(host: str = HOST) -> int:
    """A port that nothing listens on at this moment, and that is given to nobody who does not ask for it."""
    chance = random.SystemRandom()  # so that two processes that run tests do not ask for the same
    for _ in range(100):
        port = chance.choice(PORTS)
        with socket.socket() as sock:
            try:
                sock.bind((host, port))
            except OSError:
                continue
        return port
    raise AssertionError(f"no port in {PORTS} is free")


class Server:
    """Starts a server program in a temporary folder of its own, and removes both at the end, whatever happened.

    A subclass names its program and says how it is started (`command`), and how one knows that it, and not somebody
    else's server on the same port, answers (`answers`). Inside the `with` block `host`, `port` and, where the program
    can listen on one, `unix_path` say where it listens. Skips (in CI: fails) where the program is not installed.
    """

    program: ClassVar[str]
    package: ClassVar[str]
    account: ClassVar[str | None] = None
    """The user that it runs as when the tests run as root; None: root."""
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_deadline: ClassVar[float] = 30.0

    host = HOST
    port: int
    folder: Path
    unix_path: Path | None = None
    process: subprocess.Popen[bytes]

    def prepare(self) -> None:
        """Fill the folder, once."""

    def command(self) -> list[str | Path]:
        """The server in the foreground, on `self.host` and `self.port`, with all its files in `self.folder`."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the process that we started answers requests."""
        raise NotImplementedError

    @property
    def distant(self) -> str:
        """Where it listens, as Vaurien's `--distant` wants it."""
        return f"{self.host}:{self.port}"

    @property
    def log(self) -> str:
        """What it has printed so far."""
        path = self.folder / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def __enter__(self) -> Self:
        self.binary = find_program(self.program, self.package)
        self.folder = Path(tempfile.mkdtemp(prefix=f"vaurien-{self.program}-"))
        try:
            user = self._user()
            if user is not None:
                shutil.chown(self.folder, user)
            self.prepare()
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.exists():
            raise AssertionError(f"{self.program}: {self.folder} could not be removed")

    def run_as_account(self, command: list[str | Path], deadline: float = 60.0) -> None:
        """Run a program that prepares the folder to its end, as the user that the server runs as."""
        with (self.folder / "server.log").open("ab") as log:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=deadline, **self._identity()
            )
        if done.returncode != 0:
            raise AssertionError(f"{command[0]}: exit code {done.returncode}\n{self.log}")

    def _user(self) -> str | None:
        return self.account if os.geteuid() == 0 else None

    def _identity(self) -> dict[str, Any]:
        """Arguments of `subprocess` that start a program as the server's user, in the server's folder."""
        identity: dict[str, Any] = {"cwd": self.folder, "env": clean_environment()}
        user = self._user()
        if user is not None:
            identity |= {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        return identity

    def _start(self) -> None:
        for _ in range(ATTEMPTS):
            self.port = free_port(self.host)
            with (self.folder / "server.log").open("ab") as log:
                self.process = subprocess.Popen(
                    dying_with_us(self.command()),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    process_group=0,  # Ctrl-C in a terminal is for pytest, which then stops the server itself
                    **self._identity(),
                )
            if self._wait_until_it_answers():
                return
        raise AssertionError(f"{self.program} ended {ATTEMPTS} times while it started:\n{self.log[-4000:]}")

    def _wait_until_it_answers(self) -> bool:
        """True when it answers, False when it ended instead."""
        end = time.monotonic() + self.start_deadline
        while time.monotonic() < end:
            if self.answers():
                return True
            try:
                self.process.wait(POLL)
            except subprocess.TimeoutExpired:
                continue
            return False
        raise AssertionError(f"{self.program} did not answer in {self.start_deadline} s:\n{self.log[-4000:]}")

    def _stop(self) -> None:
        process = getattr(self, "process", None)
        if process is None or process.poll() is not None:
            return
        process.send_signal(self.stop_signal)
        try:
            process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def exchange(address: tuple[str, int] | Path, request: bytes, timeout: float = 2.0) -> bytes:
    """All that a server says to `request` until it closes; b"" when it cannot be reached. For `Server.answers`.

    `address` is (host, port) or the path of a unix socket; the request must make the server close at its end.
    """
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    answer = b""
    with socket.socket(family) as sock:
        sock.settimeout(timeout)
        try:
            sock.connect(str(address) if isinstance(address, Path) else address)
            sock.sendall(request)
            while data := sock.recv(65536):
                answer += data
        except OSError:
            return b""
    return answer
