"""Faults of the handshake: what a client raises is what the real fault makes it raise."""

from __future__ import annotations

import smtplib
import ssl
import subprocess
from typing import Any

import psycopg
import pytest

from tests.peers import Backend, receive_all, receive_exactly
from tests.running import DEADLINE, Running
from tests.servers.command import clean_environment, find_program
from tests.session_handlers.tools import beginning, ended
from tests.tls.files import Files
from vaurien.control.live import Live
from vaurien.errors import ConfigError

SIGNED = {"tls_self_signed": "yes"}
FAULTS: dict[str, tuple[str, int]] = {
    "tls_expired": ("certificate has expired", 60),
    "tls_wrong_name": ("Hostname mismatch, certificate is not valid for 'localhost'", 60),
    "tls_untrusted": ("unable to get local issuer certificate", 60),
}
"""What Python says of each, and curl's exit code: a peer that cannot be authenticated."""
BROKEN: dict[str, tuple[type[OSError], set[int]]] = {
    "tls_close": (ssl.SSLEOFError, {35}),
    "tls_reset": (ConnectionResetError, {35}),
    "tls_hang": (TimeoutError, {28}),
}
"""The same for a handshake that is not done: an error in it, or no end within the client's time."""


def trusting(daemon: Running) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=daemon.daemon.shared.authority.path)


def shaken(daemon: Running, timeout: float = DEADLINE) -> None:
    """A client's handshake and a word."""
    with daemon.connect() as sock:
        sock.settimeout(timeout)
        with trusting(daemon).wrap_socket(sock, server_hostname="localhost") as client:
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"


def curl(daemon: Running) -> int:
    """The exit code of curl, which has half a second."""
    command = [find_program("curl", "curl"), "-s", "--max-time", "0.5", "--cacert", daemon.daemon.shared.authority.path]
    url = f"https://localhost:{daemon.address[1]}/"
    return subprocess.run([*command, url], env=clean_environment(), timeout=DEADLINE, capture_output=True).returncode


@pytest.mark.parametrize("fault", FAULTS)
def test_a_certificate_with_a_fault(echo_backend: Backend, fault: str) -> None:
    said, code = FAULTS[fault]
    with beginning(echo_backend.address, f"100:{fault}", **SIGNED) as daemon:
        with pytest.raises(ssl.SSLCertVerificationError) as raised:
            shaken(daemon)
        assert said in raised.value.verify_message
        assert any("client's TLS handshake failed" in cause for cause in ended(daemon))
        assert echo_backend.sessions == []
        assert curl(daemon) == code  # it compares names when the handshake is over


@pytest.mark.parametrize("fault", FAULTS)
def test_one_that_does_not_look_goes_on(echo_backend: Backend, fault: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        beginning(echo_backend.address, f"100:{fault}", **SIGNED) as daemon,
        daemon.connect() as sock,
        context.wrap_socket(sock) as client,
    ):
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"


@pytest.mark.parametrize("fault", BROKEN)
def test_a_handshake_that_breaks(echo_backend: Backend, fault: str) -> None:
    raised, codes = BROKEN[fault]
    with beginning(echo_backend.address, f"100:{fault}", **SIGNED) as daemon:
        with pytest.raises(raised):
            shaken(daemon, timeout=0.3)
        assert curl(daemon) in codes
        ended(daemon)
    assert echo_backend.sessions == []


@pytest.mark.parametrize("fault", ["tls_close", "tls_reset"])
def test_a_handshake_that_breaks_in_tls_that_passes_through(echo_backend: Backend, fault: str) -> None:
    with (
        beginning(echo_backend.address, f"100:{fault}") as daemon,
        daemon.connect() as sock,
        pytest.raises(BROKEN[fault][0]),
    ):
        ssl.create_default_context().wrap_socket(sock, server_hostname="localhost")
    assert echo_backend.sessions == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("tls_close", "SSL error|SSL SYSCALL error|unexpected eof|server closed the connection"),
        ("tls_reset", "SSL SYSCALL error: Connection reset by peer|Connection reset"),
        ("tls_expired", "certificate has expired|certificate verify failed"),
        ("tls_wrong_name", 'server certificate for "wrong.invalid" does not match host name "localhost"'),
        ("tls_untrusted", "certificate verify failed"),
    ],
)
def test_psycopg(echo_backend: Backend, fault: str, said: str) -> None:
    with beginning(echo_backend.address, f"100:{fault}", protocol="postgresql", **SIGNED) as daemon:
        address = f"host=localhost hostaddr=127.0.0.1 port={daemon.address[1]} user=me sslmode=verify-full"
        with pytest.raises(psycopg.OperationalError, match=said):
            psycopg.connect(f"{address} sslrootcert={daemon.daemon.shared.authority.path} connect_timeout=5")


def test_a_client_that_speaks_no_tls_is_treated_in_the_same_way(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:tls_close") as daemon, daemon.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(1) == b""
    assert echo_backend.sessions == []


def test_so_is_one_that_does_not_wait_for_the_answer_to_its_request(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:tls_close", protocol="postgresql") as daemon, daemon.connect() as client:
        client.sendall(b"\0\0\0\x08\x04\xd2\x16\x2f" + b"in the clear")
        assert receive_all(client) == b""
        assert ended(daemon) == {"ended by tls_close": 1}
        assert daemon.proxy.counters.errors == 0


def test_a_client_that_leaves(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:tls_hang") as daemon:
        with daemon.connect() as client:
            client.sendall(b"\x16\x03\x01\x01\x00")
        assert ended(daemon) == {"client left during tls_hang": 1}


@pytest.mark.parametrize("fault", FAULTS)
def test_there_must_be_tls_with_clients(echo_backend: Backend, fault: str) -> None:
    said = f"'{fault}' shows clients a certificate, and they speak no TLS with the proxy: give it tls_cert"
    behavior = f"100:{fault}"
    with pytest.raises(ConfigError, match=f"^--session_behavior: {said}"), beginning(echo_backend.address, behavior):
        pass
    with beginning(echo_backend.address, "") as daemon:
        change = {"session_behavior": behavior}
        with pytest.raises(ConfigError, match=f"^session_behavior: .*{said}"):
            daemon.do(lambda: Live(daemon.daemon).change(daemon.proxy.name, change))


def test_there_must_be_something_to_make_certificates_with(
    echo_backend: Backend, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    refused = pytest.raises(ConfigError, match=r"'tls_expired' needs the package cryptography: pip install 'vaurien")
    with refused, beginning(echo_backend.address, "100:tls_expired", tls_cert=files.cert):
        pass


@pytest.mark.parametrize(("fault", "raised"), BROKEN.items())
def test_smtp(echo_backend: Backend, fault: str, raised: Any) -> None:
    """The backend is not needed for the words before TLS."""
    with beginning(echo_backend.address, f"100:{fault}", protocol="smtp", **SIGNED) as daemon:
        with smtplib.SMTP("localhost", daemon.address[1], local_hostname="here", timeout=DEADLINE) as mail:
            assert mail.ehlo()[0] == 250 and mail.has_extn("starttls")
            assert mail.sock is not None
            mail.sock.settimeout(0.3)
            with pytest.raises(raised[0]):
                mail.starttls(context=trusting(daemon))
            mail.close()
        ended(daemon)
    assert echo_backend.sessions == []


def test_a_mail_client_that_wants_no_tls(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "100:tls_close", protocol="smtp") as daemon, daemon.connect() as client:
        client.sendall(b"HELO me\r\nMAIL FROM:<a@b>\r\n")
        assert receive_all(client) == b"220 localhost ESMTP\r\n250 localhost\r\n250 localhost\r\n"
    assert echo_backend.sessions == []
