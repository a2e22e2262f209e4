"""A server of the test suite leaves nothing behind, and a missing one is never taken for a passed test."""

import shutil
import signal
import socket
import subprocess
import sys

import pytest

from tests.program import ROOT
from tests.servers.base import Server
from tests.servers.command import find_program
from tests.servers.memcached import Memcached
from tests.servers.nginx import Nginx
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis


def has_gone(server: Server) -> bool:
    with socket.socket() as sock:
        refused = sock.connect_ex((server.host, server.port)) != 0
    return refused and server.process.poll() is not None and not server.folder.exists()


@pytest.mark.parametrize("kind", [Redis, Nginx, Memcached, PostgreSQL])
def test_nothing_is_left_after_the_block(kind: type[Server]) -> None:
    with kind() as server:
        assert not has_gone(server)
        assert server.folder.is_dir()
    assert has_gone(server)


def test_nothing_is_left_after_a_failure_in_the_block() -> None:
    with pytest.raises(ZeroDivisionError), Redis() as server:
        raise ZeroDivisionError
    assert has_gone(server)


def test_a_server_that_cannot_start_says_why_and_leaves_nothing() -> None:
    server = Redis("--no-such-directive", "x")
    with pytest.raises(AssertionError, match="no-such-directive"), server:
        pass
    assert not server.folder.exists()


def test_a_server_that_stops_answering_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.base.STOP_DEADLINE", 0.1)
    with Redis() as server:
        server.process.send_signal(signal.SIGSTOP)  # it cannot hear SIGTERM
    assert has_gone(server)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_server_dies_with_a_killed_test_run() -> None:
    script = (
        "import os, sys\n"
        "from tests.servers.redis import Redis\n"
        "server = Redis().__enter__()\n"
        "print(server.port, server.folder, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as test_run:
        assert test_run.stdout is not None
        port, folder = test_run.stdout.readline().split()
        try:
            with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as sock:
                test_run.kill()
                sock.settimeout(10)
                try:
                    assert sock.recv(1) == b""
                except ConnectionResetError:
                    pass  # it died before it had accepted
        finally:
            test_run.kill()
            shutil.rmtree(folder)


def test_a_missing_program_is_skipped_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no-such-server is not installed .*apt-get install some-package"):
        find_program("no-such-server", "some-package")


def test_a_missing_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-server is not installed"):
        find_program("no-such-server", "some-package")
