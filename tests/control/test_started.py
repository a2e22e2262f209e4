"""The program with its control API: what it says at the start, what a reload leaves, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.asking import ENDS, refusal, said, write
from tests.control.controlled import Connection, answer, connected
from tests.peers import Backend, receive_exactly
from tests.program import Program, environment, program
from vaurien.address import Address

LINE = re.compile(r"^control API (?:http://(?P<address>\S+)/|(?P<path>unix:\S+))$", re.MULTILINE)


def address(running: Program) -> Address:
    """Where the control API of a program listens, as it says itself."""
    match = LINE.search(running.output)
    assert match is not None, running.said()
    return Address.parse(match["address"] or match["path"])


def status(at: Address, path: str = "/healthz", **headers: str) -> int:
    connection = Connection(at)
    try:
        connection.request("GET", path, headers=headers)
        return answer(connection.getresponse()).status
    finally:
        connection.close()


def refused(*argv: str | Path, cwd: Path | None = None) -> str:
    """The refusal of a program that would serve."""
    command = [sys.executable, "-m", "vaurien", *argv]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=20)
    return refusal((done.returncode, done.stdout, done.stderr))


# the start


def test_it_waits_to_be_told_of_proxies() -> None:
    with program("--http", "--http-port", "0", "--seed", "5") as running:
        at = address(running)
        assert running.output.splitlines() == ["no proxy yet", f"control API http://{at}/", "seed 5"]
        assert at.host == "127.0.0.1" and at.port != 0
        assert status(at) == 200
        running.wait_for_log(f"INFO control API http://{at}/$")
        running.stop()
        assert "WARNING" not in running.log and "ERROR" not in running.log
        with pytest.raises(ConnectionRefusedError):
            connected(at)


def test_it_stands_beside_the_proxies(echo_backend: Backend, tmp_path: Path) -> None:
    distant = "{}:{}".format(*echo_backend.address)
    text = f"[http]\nhost = unix:api.sock\n[proxy:a]\nlocal = 127.0.0.1:0\ndistant = {distant}\n"
    path = write(tmp_path, {"vaurien.ini": text})
    with program("--config", path, cwd=tmp_path) as running:
        assert running.output.splitlines()[-2] == "control API unix:api.sock"
        assert status(Address(path=str(tmp_path / "api.sock"))) == 200
        with socket.create_connection(("127.0.0.1", running.port), 10) as client:
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"
    assert not (tmp_path / "api.sock").exists()


def test_it_stands_in_what_a_good_configuration_means() -> None:
    code, out, _ = said("--http", "--http-port", "9", "--seed", "5", "--check-config")
    assert (code, out.splitlines()) == (
        0, ["no proxy yet", "control API http://127.0.0.1:9/", "seed 5", "the configuration is good"]
    )  # fmt: skip
    assert "control API unix:/run/api" in said("--http-host", "unix:/run/api", "--check-config")[1].splitlines()
    assert "control API" not in said(*ENDS, "--check-config")[1]
    assert refusal(said("--http-port", "x", "--check-config")).startswith("--http-port")


def test_a_token_of_a_file_that_others_can_read(tmp_path: Path) -> None:
    path = write(tmp_path, {"token": "the-token\n"})
    path.chmod(0o644)
    with program("--http-port", "0", "--http-token-file", path) as running:
        running.wait_for_log(f"WARNING control API: others than its owner can read {path}$")
        at = address(running)
        assert (status(at, "/nothing"), status(at)) == (401, 200)
        assert status(at, "/nothing", Authorization="Bearer the-token") == 404
        running.stop()
        assert "the-token" not in running.log + running.output


# what cannot be had


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        line = refused("--distant", "b:1", "--local", f"unix:{tmp_path}/a.sock", "--http", "--http-port", port)
        taken = f"--http-port: cannot listen on 127.0.0.1:{port}: address already in use"
        assert line == f"{taken}; choose another port, or 0 for any that is free"
        assert not (tmp_path / "a.sock").exists()
        path = write(tmp_path, {"vaurien.ini": f"[http]\nport = {port}\n"})
        assert refused("--config", path.name, cwd=tmp_path).startswith("vaurien.ini [http] port: cannot listen on ")


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("192.0.2.1", "cannot assign requested address"),
        ("unix:no/such/folder", "no such file or directory"),
        ("no-such-host.invalid", ""),
    ],
)
def test_an_address_that_cannot_be_had(tmp_path: Path, host: str, reason: str) -> None:
    line = refused("--http-host", host, "--http-port", "0", cwd=tmp_path)
    assert line.startswith("--http-") and f"cannot listen on {host}" in line and reason in line


# reload


def test_a_reload_leaves_it_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, {"vaurien.ini": "[http]\nport = 0\n"})
    with program("--config", path) as running:
        at = address(running)
        with connected(at) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert receive_exactly(client, 15) == b"HTTP/1.1 200 OK"
            running.process.send_signal(signal.SIGHUP)
            running.wait_for_log("INFO reloaded$")
            assert "its settings have changed" not in running.log
            text = f"[http]\nport = 1\n[proxy:a]\nlocal = unix:{tmp_path}/a\ndistant = b:1\n"
            write(tmp_path, {"vaurien.ini": text})
            running.process.send_signal(signal.SIGHUP)
            running.wait_for_log(f"INFO proxy a: unix:{tmp_path}/a -> b:1")
            running.wait_for_log(
                "WARNING control API: its settings have changed, which holds when the daemon starts again$"
            )
            assert len(re.findall(f"INFO control API http://{at}/$", running.log, re.MULTILINE)) == 3
            client.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            rest = b"".join(iter(lambda: client.recv(65536), b""))
            assert b"HTTP/1.1 404" in rest


def test_a_reload_keeps_the_proxies_that_were_made_live(tmp_path: Path) -> None:
    path = write(tmp_path, {"vaurien.ini": "[http]\nport = 0\n"})
    with program("--config", path) as running:
        connection = Connection(address(running))
        try:
            connection.request("POST", "/v1/proxies", b'{"name": "made", "distant": "127.0.0.1:9"}')
            assert answer(connection.getresponse()).status == 201
            running.process.send_signal(signal.SIGHUP)
            running.wait_for_log("INFO reloaded$")
            connection.request("GET", "/v1/proxies/made")
            assert answer(connection.getresponse()).status == 200
        finally:
            connection.close()


def test_a_reload_with_a_mistake_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, {"vaurien.ini": "[http]\nport = 0\n"})
    with program("--config", path) as running:
        write(tmp_path, {"vaurien.ini": "[http]\nport = none\n"})
        running.process.send_signal(signal.SIGHUP)
        running.wait_for_log(r"ERROR not reloaded, nothing has changed: \S+ \[http\] port: expected a whole number")
        assert status(address(running)) == 200


# the end


def test_it_ends_at_once_while_clients_hold_on(echo_backend: Backend) -> None:
    distant = "{}:{}".format(*echo_backend.address)
    ends = ["--local", "127.0.0.1:0", "--distant", distant, "--shutdown-timeout", "60"]
    with program("--http-port", "0", *ends) as running:
        idle, begun = connected(address(running)), connected(address(running))
        with idle, begun:
            begun.sendall(b"GET /heal")
            assert status(address(running)) == 200
            start = time.monotonic()
            running.stop()
            assert time.monotonic() - start < 8  # all that it could wait for takes ten and more
            assert idle.recv(1) == begun.recv(1) == b""


def test_it_ends_before_the_sessions(echo_backend: Backend) -> None:
    distant = "{}:{}".format(*echo_backend.address)
    ends = ("--local", "127.0.0.1:0", "--distant", distant)
    with program("--http-port", "0", *ends, "--shutdown-timeout", "30") as running:
        with socket.create_connection(("127.0.0.1", running.port), 10) as client, connected(address(running)) as api:
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"
            running.process.send_signal(signal.SIGTERM)
            assert api.recv(1) == b""
            client.sendall(b"still")
            assert receive_exactly(client, 5) == b"still"
        assert running.process.wait(10) == 0
