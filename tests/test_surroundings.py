"""Where the program is started: signals that come early, streams that are closed or full, nobody who reads."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asking import ENDS
from tests.peers import Backend, receive_exactly
from tests.program import POLL, environment, program
from tests.running import DEADLINE

VAURIEN = [sys.executable, "-m", "vaurien"]


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """The process has ended after the block, and its pipes are closed."""
    try:
        yield
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe in which there is no room."""
    read, wrote = os.pipe()
    os.set_blocking(wrote, False)
    try:
        try:
            while True:
                os.write(wrote, b"x" * 65536)
        except BlockingIOError:
            os.set_blocking(wrote, True)
        yield read, wrote
    finally:
        os.close(read)
        os.close(wrote)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_are_awaited_before_the_banner_is_printed(number: signal.Signals) -> None:
    with full_pipe() as (read, wrote):  # so the log's first line, which comes after the banner, waits for its reader
        command = [*VAURIEN, *ENDS]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=wrote, env=environment(), text=True)
        with ended(process):
            while not (line := process.stdout.readline()).startswith("seed"):
                assert line, "it ends without its banner"
            process.send_signal(number)
            with subprocess.Popen(["cat"], stdin=read, stdout=subprocess.DEVNULL) as reader:
                try:
                    if number == signal.SIGHUP:
                        with pytest.raises(subprocess.TimeoutExpired):
                            process.wait(0.3)
                        process.send_signal(signal.SIGTERM)
                    assert process.wait(DEADLINE) == 0
                finally:
                    reader.kill()  # our own end of the pipe is still open


@pytest.mark.parametrize("argv", [["--help"], ["--version"], [*ENDS, "--check-config"]])
def test_an_output_that_nobody_reads_is_no_error(argv: list[str]) -> None:
    read, wrote = os.pipe()
    os.close(read)
    done = subprocess.run([*VAURIEN, *argv], stdout=wrote, stderr=subprocess.PIPE, env=environment(), timeout=20)
    os.close(wrote)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("closed", ["0", "1", "2", "1 2", "0 1 2"])
def test_it_serves_though_standard_streams_are_closed(tmp_path: Path, echo_backend: Backend, closed: str) -> None:
    """So it is started by some daemon managers; no socket must become the standard output."""
    host, port = echo_backend.address
    path = tmp_path / "a"
    closing = " ".join(f"{number}>&-" for number in closed.split())
    ends = ["--local", f"unix:{path}", "--distant", f"{host}:{port}"]
    command = ["sh", "-c", f'exec "$@" {closing}', "sh", *VAURIEN, *ends]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True, stdin=subprocess.DEVNULL
    )
    with ended(process):
        client = connect_when_it_listens(process, path)
        for number in closed.split() if os.path.isdir("/proc/self/fd") else ():
            assert os.readlink(f"/proc/{process.pid}/fd/{number}") == os.devnull
        with client:
            for _ in range(3):
                client.sendall(b"hello")
                assert receive_exactly(client, 5) == b"hello"
        process.terminate()
        assert process.wait(DEADLINE) == 0


def connect_when_it_listens(process: subprocess.Popen[str], path: Path) -> socket.socket:
    """A client's socket, which the caller closes. The path is there a moment before anybody listens at it."""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(DEADLINE)
    end = time.monotonic() + DEADLINE
    try:
        while client.connect_ex(str(path)):
            assert process.poll() is None, f"it ended with {process.returncode}: {process.stderr.read()}"
            assert time.monotonic() < end, "it does not listen"
            time.sleep(POLL)
    except BaseException:
        client.close()
        raise
    return client


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_log_that_cannot_be_written_harms_nobody(echo_backend: Backend) -> None:
    host, port = echo_backend.address
    with program("--local", "127.0.0.1:0", "--distant", f"{host}:{port}", "--log-output", "/dev/full") as running:
        with socket.create_connection(("127.0.0.1", running.port), DEADLINE) as client:
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"
        running.stop()
        assert "Traceback" not in running.log
