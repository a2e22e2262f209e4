"""The program itself: a throw-away CA, files that are read again at SIGHUP, and what it says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers import Backend, receive_exactly
from tests.program import environment, program
from tests.running import DEADLINE
from tests.tls.files import Files

TRUST = re.compile(r"^to be trusted: (\S+)$", re.MULTILINE)


def ends(backend: Backend) -> list[str]:
    return ["--local", "127.0.0.1:0", "--distant", f"127.0.0.1:{backend.address[1]}"]


def names(port: int, ca: str, name: str = "localhost") -> list[str]:
    """Those in the certificate that is shown, after one request and its echo."""
    context = ssl.create_default_context(cafile=ca)
    with (
        socket.create_connection(("127.0.0.1", port), DEADLINE) as sock,
        context.wrap_socket(sock, server_hostname=name) as client,
    ):
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        certificate = client.getpeercert()
    assert certificate is not None
    return [str(value) for _, value in certificate["subjectAltName"]]


def test_a_certificate_is_made_and_gone_at_the_end(echo_backend: Backend) -> None:
    with program(*ends(echo_backend), "--tls-self-signed", "yes") as vaurien:
        match = TRUST.search(vaurien.output)
        assert match is not None, vaurien.said()
        ca = match[1]
        for name in ("localhost", "127.0.0.1"):
            assert names(vaurien.port, ca, name) == ["localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"]
        assert b"PRIVATE" not in Path(ca).read_bytes() and os.listdir(Path(ca).parent) == ["ca.pem"]
        vaurien.stop()
        assert not Path(ca).parent.exists()
    assert "  tls with clients  a certificate made at the start\n" in vaurien.output


def test_who_signs_a_certificate_with_a_fault_is_told(echo_backend: Backend, files: Files) -> None:
    with program(*ends(echo_backend), "--tls-cert", files.cert, "--session-behavior", "100:tls_expired") as vaurien:
        match = TRUST.search(vaurien.output)
        assert match is not None, vaurien.said()
        with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
            names(vaurien.port, match[1])


def test_files_are_read_again(echo_backend: Backend, files: Files, tmp_path: Path) -> None:
    cert, config = tmp_path / "cert.pem", tmp_path / "vaurien.ini"
    shutil.copy(files.cert, cert)
    local, distant = ends(echo_backend)[1::2]
    config.write_text(f"[vaurien]\nlocal = {local}\ndistant = {distant}\ntls_cert = {cert}\n")
    with program("--config", config) as vaurien:
        assert "127.0.0.1" in names(vaurien.port, files.ca)
        shutil.copy(files.issue("later.pem", "localhost"), cert)
        vaurien.process.send_signal(signal.SIGHUP)
        vaurien.wait_for_log("reloaded")
        assert names(vaurien.port, files.ca) == ["localhost"]
        cert.chmod(0o644)
        vaurien.process.send_signal(signal.SIGHUP)
        said = vaurien.wait_for_log(r"not reloaded, nothing has changed: .*$")[0]
        assert said.endswith(f"[vaurien] tls_cert: '{cert}' has a key that others can read (mode 644): chmod 600 it")
        assert names(vaurien.port, files.ca) == ["localhost"]


def test_an_error_is_one_line_and_code_2(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vaurien", "--distant", "h:1", "--tls-cert", str(tmp_path / "none.pem")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"vaurien: --tls-cert: cannot read '{tmp_path}/none.pem': no such file or directory\n"


def test_a_backend_that_is_not_verified_is_a_warning(echo_backend: Backend) -> None:
    with program(*ends(echo_backend), "--distant-tls", "yes", "--distant-verify", "no") as vaurien:
        vaurien.wait_for_log("WARNING .*distant_verify is false: whoever answers is taken for the backend")
    assert "  tls with the backend  not verified\n" in vaurien.output


@pytest.mark.parametrize("late", [False, True], ids=["answered", "cut"])
def test_what_was_said_last_arrives_before_the_end(echo_backend: Backend, late: bool) -> None:
    """The daemon stops with a session open: what the client has yet to read is in the tunnel."""
    with program(*ends(echo_backend), "--tls-self-signed", "yes", "--shutdown-timeout", "0.2") as vaurien:
        match = TRUST.search(vaurien.output)
        assert match is not None
        context = ssl.create_default_context(cafile=match[1])
        with (
            socket.create_connection(("127.0.0.1", vaurien.port), DEADLINE) as sock,
            context.wrap_socket(sock, server_hostname="localhost") as client,
        ):
            client.sendall(b"x" * 1000)
            if not late:
                assert receive_exactly(client, 1000) == b"x" * 1000
            else:
                client.recv(1)
            vaurien.stop()
            left = b"".join(iter(lambda: client.recv(1000), b""))
            assert left == (b"x" * 999 if late else b"")
