"""Limits: descriptors that run out, and `max_sessions`. Clients wait; nothing ends, nothing spins."""

from __future__ import annotations

import logging
import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.path.tools import body, together, wait_no_sessions
from tests.peers import Backend, receive_exactly
from tests.program import Program, program
from tests.running import DEADLINE, running

LIMIT = 64
"""How many descriptors the daemon may have."""
CLIENTS = 60
"""More sessions than that is enough for: each needs two."""

needs_linux = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="another process's limits are Linux's")


@contextmanager
def starved(backend: Backend) -> Iterator[Program]:
    """The program with a low limit of descriptors."""
    host, port = backend.address
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with program("--local", "127.0.0.1:0", "--distant", f"{host}:{port}", "--shutdown-timeout", "0") as daemon:
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (LIMIT, hard))
        yield daemon


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def come(daemon: Program, stack: ExitStack) -> list[socket.socket]:
    """More clients than there are descriptors for, all of which ask at once."""
    clients = []
    for _ in range(CLIENTS):
        client = stack.enter_context(socket.create_connection(("127.0.0.1", daemon.port), DEADLINE))
        client.sendall(b"x")
        clients.append(client)
    daemon.wait_for_log("cannot accept: too many open files: new clients wait")
    return clients


def answered(clients: list[socket.socket]) -> list[socket.socket]:
    """Those of the clients, which have all asked, that are answered within a moment."""
    done = []
    for client in clients:
        client.settimeout(DEADLINE if not done else 0.05)
        try:
            if client.recv(1) == b"x":
                done.append(client)
        except TimeoutError:
            pass
    return done


@needs_linux
def test_descriptors_run_out(echo_backend: Backend) -> None:
    """Some clients are served, the others wait until those have left; all are in the end. The log says it once."""
    with starved(echo_backend) as daemon, ExitStack() as stack:
        pid = daemon.process.pid
        waiting = come(daemon, stack)
        served = answered(waiting)
        assert 0 < len(served) < CLIENTS
        used, started = cpu_seconds(pid), time.monotonic()
        served[0].settimeout(DEADLINE)
        while time.monotonic() - started < 1:  # those who are served go on
            served[0].sendall(b"y")
            assert receive_exactly(served[0], 1) == b"y"
            time.sleep(0.05)
        assert cpu_seconds(pid) - used < 0.3
        total = len(served)
        while served:
            for client in served:
                client.close()
                waiting.remove(client)
            served = answered(waiting) if waiting else []
            total += len(served)
        assert total == CLIENTS
        assert daemon.log.count("new clients wait") == 1
        assert "rror" not in daemon.log
        assert "Traceback" not in daemon.log


@needs_linux
def test_descriptors_run_out_before_a_bulk(echo_backend: Backend) -> None:
    """There is none for a pipe: the bytes are copied then, and arrive."""
    sent = body(3_000_000)
    with starved(echo_backend) as daemon, ExitStack() as stack:
        waiting = come(daemon, stack)
        client = answered(waiting)[0]
        client.settimeout(DEADLINE)
        assert len(os.listdir(f"/proc/{daemon.process.pid}/fd")) >= LIMIT - 1
        _, heard = together(lambda: client.sendall(sent), lambda: receive_exactly(client, len(sent)))
        assert heard == sent


def test_max_sessions(echo_backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    """The third client waits until one of two has left, in the order of their coming."""
    with running(echo_backend.address, max_sessions=2) as daemon, ExitStack() as stack:
        clients = [stack.enter_context(daemon.connect()) for _ in range(5)]
        for client in clients:
            client.sendall(b"x")
        for place, client in enumerate(clients):
            assert receive_exactly(client, 1) == b"x"
            later = clients[place + 2 :]
            for other in later:
                other.setblocking(False)
                with pytest.raises(BlockingIOError):
                    other.recv(1)
                other.settimeout(DEADLINE)
            assert daemon.do(lambda: len(daemon.proxy.sessions)) <= 2
            client.close()
        wait_no_sessions(daemon)
        assert daemon.do(lambda: daemon.proxy.counters.opened) == 5
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert messages == ["max_sessions reached (2): new clients wait"]


def test_max_sessions_that_nobody_exceeds(echo_backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    """Sessions one after the other are not too many."""
    with running(echo_backend.address, max_sessions=1) as daemon:
        for _ in range(5):
            with daemon.connect() as client:
                client.sendall(b"x")
                assert receive_exactly(client, 1) == b"x"
            wait_no_sessions(daemon)
    assert not [record for record in caplog.records if record.levelno == logging.WARNING]
