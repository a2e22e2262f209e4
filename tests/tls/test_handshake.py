"""What may go wrong before a session has its plain bytes: it ends this session, says why, and leaves nothing."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest

from tests import peers
from tests.path.leaks import check_nothing_is_left, wait_all_over
from tests.path.tools import fate_of_a_client, how_it_ends, reset, wait_no_sessions
from tests.peers import Backend, echo, receive_all, receive_exactly
from tests.running import DEADLINE, Running, running
from tests.tls.files import Files
from tests.tls.speaker import Speaker, speaking
from vaurien.tls.certificates import authority

HELLO = bytes.fromhex("16030101000100")
"""The beginning of a ClientHello."""


def lines(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged that is news."""
    return "\n".join(record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING)


def still_serves(daemon: Running, files: Files) -> bool:
    with daemon.connect() as sock, Speaker(sock, files.client(), "localhost") as client:
        client.sendall(b"hello")
        return receive_exactly(client, 5) == b"hello"


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b"\x16\x03\x01\xff\xff" * 20], ids=repr)
def test_garbage_ends_its_own_session_only(
    files: Files, echo_backend: Backend, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    with running(echo_backend.address, tls_cert=files.cert) as daemon:
        with daemon.connect() as client:
            client.sendall(said)
            how_it_ends(client)
        wait_no_sessions(daemon)
        assert "client's TLS handshake failed: " in lines(caplog)
        assert len(lines(caplog).splitlines()) == 1
        assert echo_backend.sessions == []
        assert still_serves(daemon, files)


@pytest.mark.parametrize("said", [b"", HELLO], ids=["nothing", "half a word"])
def test_a_silent_client_has_a_deadline(
    files: Files, echo_backend: Backend, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    with running(echo_backend.address, tls_cert=files.cert, timeout=0.05) as daemon:
        with daemon.connect() as client:
            client.sendall(said)
            assert how_it_ends(client) == "end"
        assert lines(caplog) == "client's TLS handshake failed: no handshake in 0.05 s"
        assert echo_backend.sessions == []


@pytest.mark.parametrize("leave", [socket.socket.close, reset], ids=["closes", "resets"])
def test_a_client_leaves_in_the_handshake(files: Files, echo_backend: Backend, leave: Any) -> None:
    with running(echo_backend.address, tls_cert=files.cert) as daemon:

        def come_and_go() -> None:
            client = daemon.connect()
            client.sendall(HELLO)
            leave(client)

        check_nothing_is_left(daemon, come_and_go)
        assert echo_backend.sessions == []


def test_a_client_that_distrusts_says_why(
    files: Files, echo_backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    with running(echo_backend.address, tls_cert=files.cert) as daemon:
        with daemon.connect() as sock, pytest.raises(ssl.SSLCertVerificationError):
            Speaker(sock, ssl.create_default_context(), "localhost")
        wait_all_over(daemon, 1)
        assert "client's TLS handshake failed: tlsv1 alert unknown ca" in lines(caplog)


def refused_by_the_proxy(files: Files, cert: str, caplog: pytest.LogCaptureFixture, **options: Any) -> str:
    """What is logged of a backend that shows this certificate."""
    with peers.backend(speaking(receive_all, files.server(cert))) as server:  # type: ignore[arg-type]
        server.errors = Forgiving()
        with running(server.address, distant_tls="yes", **options) as daemon:
            assert fate_of_a_client(daemon) == "reset"
            wait_no_sessions(daemon)
    return lines(caplog)


class Forgiving(list[BaseException]):
    """Keeps nothing: a backend that nobody believes has a right to complain."""

    def append(self, exc: BaseException) -> None:
        pass


def test_a_backend_that_is_not_trusted(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    said = refused_by_the_proxy(files, files.cert, caplog)
    assert "TLS handshake failed: certificate verify failed: " in said
    assert said.count("\n") == 0


def test_a_backend_signed_by_another(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    cert = files.issue("other.pem", by=authority("another"))
    assert "unable to get local issuer" in refused_by_the_proxy(files, cert, caplog, distant_ca=files.ca)


def test_a_backend_whose_certificate_has_expired(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    cert = files.issue("expired.pem", ended=True)
    assert "certificate has expired" in refused_by_the_proxy(files, cert, caplog, distant_ca=files.ca)


def test_a_backend_of_another_name(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    cert = files.issue("name.pem", "db.example")
    assert "IP address mismatch" in refused_by_the_proxy(files, cert, caplog, distant_ca=files.ca)


def talked(daemon: Running) -> bool:
    with daemon.connect() as client:
        client.sendall(b"hello")
        return receive_exactly(client, 5) == b"hello"


def test_nothing_is_left_of_a_backend_that_is_not_trusted(files: Files) -> None:
    with peers.backend(speaking(receive_all, files.server())) as server:  # type: ignore[arg-type]
        server.errors = Forgiving()
        with running(server.address, distant_tls="yes") as daemon:
            check_nothing_is_left(
                daemon, lambda: None if fate_of_a_client(daemon) == "reset" else pytest.fail("no reset")
            )


def test_the_daemon_stops_in_the_middle_of_handshakes(files: Files) -> None:
    with (
        peers.backend(receive_all) as server,  # type: ignore[arg-type]
        daemon_before(server, files) as daemon,
        daemon.connect() as client,
        daemon.connect() as sock,
        Speaker(sock, files.client(), "localhost"),
    ):
        client.sendall(HELLO)
        server.wait_session()
        daemon.stop()
        assert how_it_ends(client) == "end"


def test_hooks_hear_only_of_sessions_that_got_through(files: Files, echo_backend: Backend) -> None:
    told: SimpleQueue[tuple[str, int]] = SimpleQueue()

    def note(point: str) -> Callable[[Any], None]:
        return lambda session: told.put((point, session.ordinal))

    with running(echo_backend.address, tls_cert=files.cert) as daemon:
        for point in ("session_started", "session_ended"):
            daemon.do(lambda point=point: daemon.proxy.hooks.on(point, note(point)))
        with daemon.connect() as client:
            client.sendall(b"no TLS at all")
            how_it_ends(client)
        assert still_serves(daemon, files)
        wait_all_over(daemon, 2)
        heard = [told.get(timeout=DEADLINE) for _ in range(2)]
        assert heard == [("session_started", 2), ("session_ended", 2)] and told.empty()


def daemon_before(server: Backend, files: Files) -> Any:
    """Speaks TLS on both sides."""
    return running(server.address, tls_cert=files.cert, distant_tls="yes", distant_ca=files.ca)


def test_the_name_can_be_said_and_is_asked_for(files: Files) -> None:
    asked: list[str | None] = []
    context = files.server(files.issue("name.pem", "db.example"))
    context.sni_callback = lambda sock, name, context: asked.append(name)  # type: ignore[assignment, misc]
    with (
        peers.backend(speaking(echo, context)) as server,  # type: ignore[arg-type]
        running(server.address, distant_tls="yes", distant_ca=files.ca, distant_name="db.example") as daemon,
    ):
        assert talked(daemon)
    assert asked == ["db.example"]


def test_nothing_is_verified_where_that_is_said(files: Files) -> None:
    cert = files.issue("other.pem", "db.example", by=authority("another"), ended=True)
    with (
        peers.backend(speaking(echo, files.server(cert))) as server,  # type: ignore[arg-type]
        running(server.address, distant_tls="yes", distant_verify="no") as daemon,
    ):
        assert talked(daemon)


def test_the_backend_is_shown_a_certificate(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    context = files.server()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(files.ca)
    options = {"distant_tls": "yes", "distant_ca": files.ca}
    with peers.backend(speaking(echo, context)) as server:  # type: ignore[arg-type]
        with running(server.address, **options, distant_cert=files.bare, distant_key=files.key) as daemon:
            assert talked(daemon)
        server.errors = Forgiving()
        with running(server.address, **options) as daemon:
            assert fate_of_a_client(daemon) == "reset"
    assert "backend's TLS failed: tlsv13 alert certificate required" in lines(caplog)


def test_a_silent_backend_has_a_deadline(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    with (
        peers.backend(receive_all) as server,  # type: ignore[arg-type]
        running(server.address, distant_tls="yes", distant_ca=files.ca, timeout=0.05) as daemon,
    ):
        assert fate_of_a_client(daemon) == "reset"
    assert "TLS handshake failed: no handshake in 0.05 s" in lines(caplog)


def test_tls_that_is_not_terminated_passes_through(files: Files) -> None:
    with (
        peers.backend(speaking(echo, files.server())) as server,  # type: ignore[arg-type]
        running(server.address) as daemon,
    ):
        assert still_serves(daemon, files)


@pytest.mark.parametrize("words", [b"QUIT", b"EHLO me\r\nNOOP"])
def test_half_a_line_in_the_clear_arrives_with_the_end(files: Files, words: bytes) -> None:
    with (
        peers.backend(echo) as server,
        running(server.address, tls_cert=files.cert, protocol="smtp") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(words)
        client.shutdown(socket.SHUT_WR)
        assert receive_all(client) == words
