"""The way to the backend: one that refuses, one that never answers, one that vanishes, clients that do not wait."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.path.tools import LARGE, connect_to, fate_of_a_client, how_it_ends, reset, running_proxies, wait_no_sessions
from tests.peers import Backend, receive_exactly
from tests.running import DEADLINE, running


@contextmanager
def refusing() -> Iterator[socket.socket]:
    """A socket whose address refuses: nobody listens, and nobody else gets it."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield nobody


@contextmanager
def silent() -> Iterator[socket.socket]:
    """A listener whose queue is full: a further connect to it gets no answer. Accepting makes room."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        listener.settimeout(DEADLINE)
        waiting = []
        try:
            while True:
                client = socket.socket()
                waiting.append(client)
                client.settimeout(0.2)
                client.connect(listener.getsockname())
        except TimeoutError:
            yield listener
        finally:
            for client in waiting:
                client.close()


def test_a_backend_that_refuses(caplog: pytest.LogCaptureFixture) -> None:
    """The client is reset at once, the log says so once for each, and the proxy counts it."""
    with refusing() as nobody, running(nobody.getsockname()) as daemon:
        started = time.monotonic()
        assert [fate_of_a_client(daemon) for _ in range(3)] == ["reset"] * 3
        assert time.monotonic() - started < 5
        wait_no_sessions(daemon)
        assert daemon.do(lambda: daemon.proxy.counters.connect_failures) == 3
        port = nobody.getsockname()[1]
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.__dict__["session"] for record in warnings] == [1, 2, 3]
    assert all(f"backend 127.0.0.1:{port}: connection refused" in record.getMessage() for record in warnings)


def test_a_unix_backend_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running(f"unix:{tmp_path}/nobody") as daemon:
        assert fate_of_a_client(daemon) == "reset"
    assert f"unix:{tmp_path}/nobody: no such file or directory" in caplog.text


def test_a_backend_that_is_back_is_reached_again() -> None:
    with refusing() as nobody, running(nobody.getsockname()) as daemon:
        assert fate_of_a_client(daemon) == "reset"
        nobody.listen()
        nobody.settimeout(DEADLINE)
        with daemon.connect() as client, nobody.accept()[0] as backend:
            client.sendall(b"again")
            assert receive_exactly(backend, 5) == b"again"


def test_a_backend_that_never_answers(caplog: pytest.LogCaptureFixture) -> None:
    """The client is reset when the timeout is over, and not before."""
    with silent() as listener, running(listener.getsockname(), timeout=0.4) as daemon:
        started = time.monotonic()
        assert fate_of_a_client(daemon) == "reset"
        assert 0.35 < time.monotonic() - started < 5
        wait_no_sessions(daemon)
        assert daemon.do(lambda: daemon.proxy.counters.connect_failures) == 1
    assert "no answer in 0.4 s" in caplog.text


def test_a_unix_backend_that_never_answers(tmp_path: Path) -> None:
    """A full queue is told at once here: it is asked again until the timeout is over."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(tmp_path / "backend"))
        listener.listen(0)
        first.connect(listener.getsockname())
        with running(f"unix:{tmp_path}/backend", timeout=0.4) as daemon:
            started = time.monotonic()
            assert fate_of_a_client(daemon) == "reset"
            assert 0.35 < time.monotonic() - started < 5
            with daemon.connect() as client:
                client.sendall(b"patient")
                daemon.wait_until(lambda: daemon.proxy.sessions)
                listener.accept()[0].close()
                with listener.accept()[0] as backend:
                    assert receive_exactly(backend, 7) == b"patient"


def test_others_are_served_while_a_backend_does_not_answer(echo_backend: Backend) -> None:
    """Another proxy of the same daemon, and so in the same event loop."""
    with (
        silent() as listener,
        running_proxies(stuck=listener.getsockname(), other=echo_backend.address) as daemon,
        connect_to(daemon, "stuck") as waiting,
        connect_to(daemon, "other") as client,
    ):
        waiting.sendall(b"hello")
        for _ in range(20):
            client.sendall(b"x")
            assert receive_exactly(client, 1) == b"x"
        assert [session.backend for session in daemon.daemon.proxies["stuck"].sessions.values()] == [None]


def test_what_the_client_says_meanwhile_arrives() -> None:
    """A client need not wait: what it says before the backend has answered goes there afterwards, its end too."""
    with silent() as listener, running(listener.getsockname()) as daemon, daemon.connect() as client:
        client.sendall(b"early")
        client.shutdown(socket.SHUT_WR)
        daemon.wait_until(lambda: daemon.proxy.sessions)
        heard = b""
        while not heard:  # those who came before say nothing
            with listener.accept()[0] as backend:
                backend.settimeout(0.2)
                try:
                    heard = backend.recv(100)
                except TimeoutError:
                    continue
                backend.settimeout(DEADLINE)
                assert heard == b"early"
                assert backend.recv(1) == b""
                backend.sendall(b"late")
        assert receive_exactly(client, 4) == b"late"


@pytest.mark.parametrize("leave", [reset, socket.socket.close], ids=["resets", "closes"])
def test_a_client_that_leaves_during_the_connect(leave: Callable[[socket.socket], None]) -> None:
    with silent() as listener, running(listener.getsockname(), timeout=0.5) as daemon:
        client = daemon.connect()
        daemon.wait_until(lambda: daemon.proxy.sessions)
        leave(client)
        wait_no_sessions(daemon)
        assert fate_of_a_client(daemon) == "reset"


def test_the_daemon_stops_during_a_connect() -> None:
    with silent() as listener, running(listener.getsockname(), timeout=30) as daemon, daemon.connect() as client:
        daemon.wait_until(lambda: daemon.proxy.sessions)
        started = time.monotonic()
        daemon.stop()
        assert time.monotonic() - started < 5
        assert how_it_ends(client) in ("end", "reset")


SPEAKING = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sock, _ = listener.accept()
sock.recv(1)
while True:
    sock.sendall(bytes(65536))
"""

SILENT = SPEAKING.replace("sock.sendall(bytes(65536))", "import time; time.sleep(60)")


@pytest.mark.parametrize("body", [SPEAKING, SILENT], ids=["speaking", "silent"])
@pytest.mark.parametrize("behavior", ["100:dummy", "100:delay"])
def test_a_backend_that_vanishes_in_mid_stream(body: str, behavior: str) -> None:
    """Its process is killed. The client sees the connection end, whatever way, and at once."""
    process = subprocess.Popen([sys.executable, "-c", body], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with running(("127.0.0.1", port), behavior, {"delay.sleep": 0}) as daemon, daemon.connect() as client:
            client.sendall(b"q")
            if body is SPEAKING:
                receive_exactly(client, LARGE)
            else:
                daemon.wait_until(lambda: all(s.bytes(True) == 1 for s in daemon.proxy.sessions.values()))
            process.kill()
            assert how_it_ends(client) in ("end", "reset")
            client.close()
            wait_no_sessions(daemon)
            assert fate_of_a_client(daemon) == "reset"
