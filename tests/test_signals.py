"""SIGTERM and SIGINT: nobody new comes in, who is there may finish for a while, and then it ends with exit code 0."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asking import write
from tests.peers import Backend, receive_exactly
from tests.program import POLL, Program, program
from tests.running import DEADLINE

LONG = 60.0  # seconds, that no test waits for
SIGNALS = [signal.SIGTERM, signal.SIGINT]


@contextmanager
def proxied(server: Backend, shutdown_timeout: float, *argv: str) -> Iterator[Program]:
    """The program before `server`, until the end of the block; it must have ended with exit code 0."""
    host, port = server.address
    ends = ["--local", "127.0.0.1:0", "--distant", f"{host}:{port}"]
    with program(*ends, f"--shutdown-timeout={shutdown_timeout}", *argv) as running:
        yield running


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), DEADLINE)


def ping(client: socket.socket) -> None:
    client.sendall(b"hello")
    assert receive_exactly(client, 5) == b"hello"


def assert_refused(port: int) -> None:
    """Nobody listens on `port` any more, or does not within the deadline."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            connect(port).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            pass  # it stood in the queue when the listener was closed
    pytest.fail(f"port {port} still accepts")


def wait_gone(path: Path) -> None:
    end = time.monotonic() + DEADLINE
    while path.exists():
        assert time.monotonic() < end, f"{path.name} is still there"
        time.sleep(POLL)


def assert_ended(client: socket.socket) -> None:
    """The client's connection is over: closed or reset."""
    try:
        assert client.recv(1) == b""
    except ConnectionResetError:
        pass


def end_of(running: Program) -> float:
    """Waits for the end, exit code 0; when it came."""
    assert running.process.wait(DEADLINE) == 0, running.said()
    return time.monotonic()


@pytest.mark.parametrize("number", SIGNALS)
def test_without_sessions_it_ends_at_once(echo_backend: Backend, number: signal.Signals) -> None:
    with proxied(echo_backend, LONG) as running:
        port = running.port
        with connect(port) as client:
            ping(client)
        running.wait_for_log("ended: client closed")
        running.stop(number)
        assert_refused(port)
        assert [line.partition(" ")[2] for line in running.log.splitlines()[-2:]] == [
            "INFO stopping: there is no session", "INFO stopped",
        ]  # fmt: skip


@pytest.mark.parametrize("number", SIGNALS)
def test_a_running_session_may_finish(echo_backend: Backend, number: signal.Signals) -> None:
    with proxied(echo_backend, LONG) as running:
        with connect(running.port) as client:
            ping(client)
            running.process.send_signal(number)
            running.wait_for_log("INFO stopping: 1 session has 60 s to finish, a second signal cuts them$")
            assert_refused(running.port)
            for _ in range(3):
                ping(client)
            assert running.process.poll() is None
        end_of(running)
        assert "ended: client closed; -> 20 bytes, <- 20 bytes" in running.log


@pytest.mark.parametrize("number", SIGNALS)
def test_after_the_timeout_it_is_cut(echo_backend: Backend, number: signal.Signals) -> None:
    with proxied(echo_backend, 0.3) as running, connect(running.port) as client:
        ping(client)
        start = time.monotonic()
        running.process.send_signal(number)
        assert_ended(client)
        assert time.monotonic() - start >= 0.3
        end_of(running)
        assert "ended: shutdown; " in running.log


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_cuts_at_once(echo_backend: Backend, first: signal.Signals, second: signal.Signals) -> None:
    with proxied(echo_backend, LONG) as running, connect(running.port) as client, connect(running.port) as other:
        ping(client)
        ping(other)
        running.process.send_signal(first)
        running.wait_for_log("INFO stopping: ")
        ping(client)
        running.process.send_signal(second)
        assert_ended(client)
        assert_ended(other)
        end_of(running)
        assert "stopping: 2 sessions have 60 s to finish, a second signal cuts them" in running.log
        assert running.log.count("ended: shutdown; ") == 2


def test_many_signals_are_no_more_than_two(echo_backend: Backend) -> None:
    with proxied(echo_backend, LONG) as running, connect(running.port) as client:
        ping(client)
        for number in SIGNALS * 5:
            if running.process.poll() is None:
                running.process.send_signal(number)
        assert_ended(client)
        end_of(running)
        assert "Traceback" not in running.log


def test_a_timeout_of_zero_cuts_at_once(echo_backend: Backend) -> None:
    with proxied(echo_backend, 0) as running, connect(running.port) as client:
        ping(client)
        running.process.send_signal(signal.SIGTERM)
        assert_ended(client)
        end_of(running)


@pytest.mark.parametrize("behavior", ["100:hang", "100:delay"])
def test_a_handler_that_waits_is_cut_too(echo_backend: Backend, behavior: str) -> None:
    argv = ["--behavior", behavior, "--handlers.delay.sleep", str(LONG), "--log-level", "debug"]
    with proxied(echo_backend, 0.2, *argv) as running, connect(running.port) as client:
        client.sendall(b"hello")
        echo_backend.wait_session()
        running.process.send_signal(signal.SIGTERM)
        assert_ended(client)
        end_of(running)


def test_a_call_under_way_may_finish(echo_backend: Backend) -> None:
    argv = ["--behavior", "100:delay", "--handlers.delay.sleep", "0.5"]
    with proxied(echo_backend, LONG, *argv) as running:
        with connect(running.port) as client:
            client.sendall(b"hello")
            echo_backend.wait_session()
            running.process.send_signal(signal.SIGTERM)
            running.wait_for_log("INFO stopping: ")
            assert receive_exactly(client, 5) == b"hello"
        end_of(running)
        assert "ended: client closed; -> 5 bytes, <- 5 bytes" in running.log


def test_a_client_that_waits_for_its_backend_is_cut(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as full:  # a queue of one place that is taken: nobody else gets an answer
        full.bind(str(tmp_path / "full.sock"))
        full.listen(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(str(tmp_path / "full.sock"))
            ends = ["--local", "127.0.0.1:0", "--distant", f"unix:{tmp_path}/full.sock", "--shutdown-timeout", "0.2"]
            with program(*ends, "--max-sessions", "1") as running, connect(running.port) as client:
                with connect(running.port):  # it waits, so that the first has been accepted
                    running.wait_for_log("max_sessions reached")
                    running.process.send_signal(signal.SIGTERM)
                    assert_ended(client)
                end_of(running)
                assert "ended: shutdown; -> 0 bytes" in running.log


def test_all_proxies_stop_and_their_sockets_are_gone(tmp_path: Path, echo_backend: Backend) -> None:
    host, port = echo_backend.address
    ends = f"distant = {host}:{port}\n"
    text = f"[proxy:a]\nlocal = 127.0.0.1:0\n{ends}[proxy:b]\nlocal = unix:{tmp_path}/b.sock\n{ends}"
    path = write(tmp_path, {"vaurien.ini": f"[vaurien]\nshutdown_timeout = {LONG}\n{text}"})
    with program("--config", path) as running, socket.socket(socket.AF_UNIX) as other:
        other.settimeout(DEADLINE)
        other.connect(str(tmp_path / "b.sock"))
        with connect(running.port) as client:
            ping(client)
            ping(other)
            running.process.send_signal(signal.SIGTERM)
            assert_refused(running.port)
            wait_gone(tmp_path / "b.sock")
            ping(client)
        ping(other)
        assert running.process.poll() is None
        other.close()
        end_of(running)
