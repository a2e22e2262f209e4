"""Real clients and real servers with TLS on both sides: a fifth of the calls fails, natively, as without TLS."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis
import requests
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests import peers
from tests.real.protocols.test_web_clients import outcome
from tests.real.protocols.through import CALLS, ERRORS, before, share
from tests.servers.command import find_program, run
from tests.servers.mail import mail_server
from tests.tls.files import Files
from tests.tls.servers import Https, PostgreSQLTls, Rediss
from tests.tls.speaker import speaking

FAILING = ["--handlers.error.codes", "503"]


def both(files: Files) -> list[str]:
    """The options of a proxy that has TLS on both sides."""
    return ["--tls-cert", files.cert, "--distant-tls", "yes", "--distant-ca", files.ca]


@pytest.fixture(scope="module")
def nginx(files: Files) -> Iterator[Https]:
    with Https(files.cert) as server:
        yield server


@pytest.fixture(scope="module")
def rediss(files: Files) -> Iterator[Rediss]:
    with Rediss(files.cert, files.ca) as server:
        yield server


@pytest.fixture(scope="module")
def postgresql(files: Files) -> Iterator[PostgreSQLTls]:
    with PostgreSQLTls(files.cert) as server:
        yield server


def test_requests(nginx: Https, files: Files) -> None:
    failed = 0
    with before(nginx.distant, "http", *ERRORS, *FAILING, *both(files)) as vaurien, requests.Session() as session:
        session.trust_env, session.verify = False, files.ca  # a bundle in the environment would win
        for _ in range(CALLS):
            status, _, content = outcome(session.get(f"https://localhost:{vaurien.port}/1kB.bin"))
            failed += status == 503
            assert status == 503 or content == nginx.files["1kB.bin"]
        session.close()
        vaurien.wait_for_log("default #1 ended")
        assert "default #2" not in vaurien.log  # the connection was kept
    share(failed, CALLS)


def test_curl(nginx: Https, files: Files) -> None:
    curl = [find_program("curl", "curl"), "-s", "-S", "--cacert", files.ca, "-w", "%{http_code} ", "-o", "/dev/null"]
    with before(nginx.distant, "http", *ERRORS, *FAILING, *both(files)) as vaurien:
        said = run([*curl, f"https://localhost:{vaurien.port}/1kB.bin?[1-{CALLS}]"]).split()
        assert set(said) == {"200", "503"}
    share(said.count("503"), CALLS)


def test_large_replies_and_uploads(nginx: Https, files: Files) -> None:
    with before(nginx.distant, "http", *both(files)) as vaurien, requests.Session() as session:
        session.trust_env, session.verify = False, files.ca  # a bundle in the environment would win
        url = f"https://localhost:{vaurien.port}"
        assert session.get(f"{url}/1MB.bin").content == nginx.files["1MB.bin"]
        assert session.put(f"{url}/upload/large", data=b"x" * 20_000_000).status_code in (201, 204)
        assert session.get(f"{url}/upload/large").content == b"x" * 20_000_000


def test_openssl_sees_the_certificate_that_was_asked_for(nginx: Https, files: Files) -> None:
    own = files.issue("own.pem", "chaos.example", "localhost")
    openssl = [find_program("openssl", "openssl"), "s_client", "-CAfile", files.ca, "-verify_return_error"]
    arguments = ["--tls-cert", own, "--distant-tls", "yes", "--distant-ca", files.ca]
    with before(nginx.distant, "http", *arguments) as vaurien:
        address = ["-connect", f"127.0.0.1:{vaurien.port}", "-servername", "localhost", "-alpn", "h2,http/1.1"]
        said = run([*openssl, *address], input=b"Q")
    assert "Verify return code: 0 (ok)" in said
    assert "subject=CN = chaos.example" in said
    assert "ALPN protocol: http/1.1" in said


def test_redis_py(rediss: Rediss, files: Files) -> None:
    once = Retry(NoBackoff(), 0)
    options: dict[str, Any] = {"ssl": True, "ssl_ca_certs": files.ca, "retry": once, "single_connection_client": True}
    failing = ["--handlers.error.errors", "OOM", "--handlers.error.warmup", "20"]
    failed = 0
    with (
        before(rediss.distant, "redis", *ERRORS, *failing, *both(files)) as vaurien,
        redis.Redis(host="localhost", port=vaurien.port, **options) as server,
    ):
        for number in range(10):
            server.set(f"key:{number}", "x" * 100_000)
        for number in range(CALLS):
            try:
                assert server.get(f"key:{number % 10}") == b"x" * 100_000
            except redis.exceptions.OutOfMemoryError:
                failed += 1
    share(failed, CALLS)


def psycopg_connection(port: int, files: Files, mode: str) -> psycopg.Connection[tuple[Any, ...]]:
    address = f"host=localhost hostaddr=127.0.0.1 port={port} user=postgres dbname=postgres"
    return psycopg.connect(f"{address} sslmode={mode} sslrootcert={files.ca}", autocommit=True)


def test_psycopg(postgresql: PostgreSQLTls, files: Files) -> None:
    failing = ["--handlers.error.sqlstates", "40001", "--handlers.error.warmup", "10"]
    failed = 0
    with (
        before(postgresql.distant, "postgresql", *ERRORS, *failing, *both(files)) as vaurien,
        psycopg_connection(vaurien.port, files, "verify-full") as connection,
    ):
        assert connection.pgconn.ssl_in_use
        for _ in range(5):
            connection.execute("SELECT 1")
        for number in range(CALLS):
            try:
                assert connection.execute("SELECT %s::int", (number,)).fetchone() == (number,)
            except psycopg.errors.SerializationFailure:
                failed += 1
    share(failed, CALLS)


def test_psycopg_without_tls_on_the_clients_side(postgresql: PostgreSQLTls, files: Files) -> None:
    with before(postgresql.distant, "postgresql", *both(files)) as vaurien:
        for mode in ("disable", "verify-full"):
            with psycopg_connection(vaurien.port, files, mode) as connection:
                tls = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
                assert connection.execute(tls).fetchone() == (True,)
                assert connection.pgconn.ssl_in_use == (mode != "disable")


def test_psycopg_cancels(postgresql: PostgreSQLTls, files: Files) -> None:
    """The request to cancel comes by a connection of its own, which begins with an SSLRequest too."""
    with (
        before(postgresql.distant, "postgresql", *both(files)) as vaurien,
        psycopg_connection(vaurien.port, files, "verify-full") as connection,
        psycopg_connection(postgresql.port, files, "verify-full") as other,
    ):
        asked = [threading.Thread(target=cancel_when_it_works, args=(other, connection))]
        asked[0].start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")
        asked[0].join()


def cancel_when_it_works(other: Any, connection: Any) -> None:
    """Cancels what the connection does, once the server has begun with it."""
    while other.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchone() is None:
        pass
    connection.cancel()


def test_smtplib(files: Files) -> None:
    failing = ["--handlers.error.codes", "451", "--handlers.error.warmup", "3"]
    failed = 0
    with (
        mail_server(tls_context=files.server(), require_starttls=True) as (port, box),
        before(f"127.0.0.1:{port}", "smtp", *ERRORS, *failing, *both(files)) as vaurien,
        smtplib.SMTP("localhost", vaurien.port, local_hostname="here", timeout=20) as mail,
    ):
        assert mail.ehlo()[0] == 250 and mail.has_extn("starttls")
        assert mail.starttls(context=files.client())[0] == 220
        assert mail.ehlo()[0] == 250 and not mail.has_extn("starttls")
        for _ in range(CALLS):
            try:
                mail.sendmail("a@b", ["c@d"], b"Subject: a\r\n\r\ntext")
            except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as exc:
                assert "451" in str(exc)
                failed += 1
                while mail.rset()[0] != 250:
                    pass
        assert failed and len(box.messages) == CALLS - failed


def test_smtplib_in_the_clear(files: Files) -> None:
    with (
        mail_server(tls_context=files.server(), require_starttls=True) as (port, box),
        before(f"127.0.0.1:{port}", "smtp", *both(files)) as vaurien,
        smtplib.SMTP("localhost", vaurien.port, local_hostname="here", timeout=20) as mail,
    ):
        mail.sendmail("a@b", ["c@d"], b"text\r\n" * 50_000)
        mail.sendmail("a@b", ["c@d"], b"STARTTLS\r\n")
        assert [len(message) for message in box.messages] == [300_000, 10]


def test_smtplib_on_a_port_where_tls_begins_at_once(files: Files) -> None:
    options = ["--tls-cert", files.cert, "--tls-implicit", "yes"]
    failing = ["--behavior", "100:error", "--handlers.error.match", "command:MAIL", "--handlers.error.codes", "451"]
    with (
        mail_server() as (port, _),
        before(f"127.0.0.1:{port}", "smtp", *options, *failing) as vaurien,
        smtplib.SMTP_SSL("localhost", vaurien.port, local_hostname="here", context=files.client(), timeout=20) as mail,
        pytest.raises(smtplib.SMTPSenderRefused, match="451"),
    ):
        mail.sendmail("a@b", ["c@d"], b"text")


def test_a_backend_with_which_tls_begins_at_once(files: Files) -> None:
    options = ["--distant-tls", "yes", "--distant-ca", files.ca, "--distant-tls-implicit", "yes"]
    with (
        peers.backend(speaking(smtp_greeting, files.server())) as server,  # type: ignore[arg-type]
        before(f"127.0.0.1:{server.address[1]}", "smtp", *options) as vaurien,
        smtplib.SMTP("localhost", vaurien.port, local_hostname="here", timeout=20) as mail,
    ):
        assert mail.noop() == (250, b"inside")


def smtp_greeting(sock: Any) -> None:
    sock.sendall(b"220 inside\r\n")
    while said := sock.recv(1000):
        sock.sendall(b"250 inside\r\n" if said.upper() != b"QUIT\r\n" else b"221 bye\r\n")
