"""MySQL's own way into TLS: real clients, and MariaDB, with TLS on both sides, and on one."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from tests import peers
from tests.path.tools import fate_of_a_client, wait_no_sessions
from tests.peers import receive_all
from tests.protocols.mysql_sessions import err, greeting
from tests.real.protocols.through import CALLS, ERRORS, before, share
from tests.running import running
from tests.servers.command import find_program, run
from tests.servers.mariadb import MariaDB
from tests.tls.files import Files
from tests.tls.servers import MariaDBTls
from vaurien.protocols.mysql.login import SSL

TLS = "SHOW SESSION STATUS LIKE 'Ssl_cipher'"


@pytest.fixture(scope="module")
def mariadb(files: Files) -> Iterator[MariaDBTls]:
    with MariaDBTls(files.cert) as server:
        yield server


def connected(port: int, context: ssl.SSLContext | None = None) -> pymysql.Connection[Any]:
    login = {"user": MariaDB.user, "password": MariaDB.password, "database": "test"}
    options: dict[str, Any] = {"ssl": context} if context is not None else {"ssl_disabled": True}
    return pymysql.connect(host="localhost", port=port, read_timeout=20, autocommit=True, **login, **options)


def asked(connection: pymysql.Connection[Any], statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall()


def to_backend(files: Files) -> list[str]:
    return ["--distant-tls", "yes", "--distant-ca", files.ca]


def test_pymysql(mariadb: MariaDBTls, files: Files) -> None:
    failing = ["--handlers.error.errors", "1213", "--handlers.error.warmup", "10"]
    options = ["--tls-cert", files.cert, *to_backend(files)]
    failed = 0
    with (
        before(mariadb.distant, "mysql", *ERRORS, *failing, *options) as vaurien,
        connected(vaurien.port, files.client()) as connection,
    ):
        assert asked(connection, TLS)[0][1]
        for number in range(CALLS):
            try:
                assert asked(connection, "SELECT %s, REPEAT('x', 1000)", number) == ((number, "x" * 1000),)
            except pymysql.err.OperationalError as exc:
                assert exc.args[0] == 1213
                failed += 1
    share(failed, CALLS)


@pytest.mark.parametrize("client", [True, False])
@pytest.mark.parametrize("backend", [True, False])
def test_tls_on_each_side_or_not(mariadb: MariaDBTls, files: Files, client: bool, backend: bool) -> None:
    options = to_backend(files) if backend else []
    with (
        before(mariadb.distant, "mysql", "--tls-cert", files.cert, *options) as vaurien,
        connected(vaurien.port, files.client() if client else None) as connection,
    ):
        assert bool(asked(connection, TLS)[0][1]) == backend
        assert asked(connection, "SELECT REPEAT('y', 3000000)") == (("y" * 3_000_000,),)
        connection.ping(reconnect=False)


def test_a_wrong_password(mariadb: MariaDBTls, files: Files) -> None:
    with before(mariadb.distant, "mysql", "--tls-cert", files.cert, *to_backend(files)) as vaurien:
        with pytest.raises(pymysql.err.OperationalError) as raised:
            pymysql.connect(host="localhost", port=vaurien.port, user=MariaDB.user, password="no", ssl=files.client())
        assert raised.value.args[0] == 1045


def test_a_login_is_answered_in_the_backends_place(mariadb: MariaDBTls, files: Files) -> None:
    failing = ["--behavior", "100:error", "--handlers.error.errors", "1040"]
    with before(mariadb.distant, "mysql", "--tls-cert", files.cert, *to_backend(files), *failing) as vaurien:
        with pytest.raises(pymysql.err.OperationalError) as raised:
            connected(vaurien.port, files.client())
        assert raised.value.args == (1040, "Too many connections")


def test_mariadbs_own_client(mariadb: MariaDBTls, files: Files) -> None:
    client = [find_program("mariadb", "mariadb-client"), "--no-defaults", f"--ssl-ca={files.ca}", "-N", "-B"]
    login = [f"--user={MariaDB.user}", f"--password={MariaDB.password}", "--ssl-verify-server-cert"]
    with before(mariadb.distant, "mysql", "--tls-cert", files.cert, *to_backend(files)) as vaurien:
        address = ["--host=localhost", "--protocol=tcp", f"--port={vaurien.port}"]
        said = run([*client, *login, *address, "-e", "STATUS; SELECT 41 + 1; SHOW SESSION STATUS LIKE 'Ssl_version'"])
    assert "Cipher in use is TLS" in said
    assert "\n42\n" in said and "TLSv1" in said.rpartition("Ssl_version")[2]


def test_a_backend_that_refuses_at_once_is_heard(files: Files) -> None:
    refusal = err(0, 1040, "08004")

    def full(sock: Any) -> None:
        sock.sendall(refusal)

    with (
        peers.backend(full) as server,
        running(
            server.address, protocol="mysql", tls_cert=files.cert, distant_tls="yes", distant_ca=files.ca
        ) as daemon,
        daemon.connect() as client,
    ):
        assert receive_all(client) == refusal
        client.close()
        wait_no_sessions(daemon)


@pytest.mark.parametrize(
    ("said", "reason"),
    [(greeting(0xFFFFFFFF & ~SSL)[1], "it speaks no TLS"), (b"220 mail ESMTP\r\n" * 30, "it speaks no MySQL")],
)
def test_a_backend_without_tls(files: Files, caplog: pytest.LogCaptureFixture, said: bytes, reason: str) -> None:
    def server(sock: Any) -> None:
        sock.sendall(said)
        assert receive_all(sock) == b""  # nothing in the clear

    with (
        peers.backend(server) as backend,
        running(backend.address, protocol="mysql", distant_tls="yes", distant_ca=files.ca) as daemon,
    ):
        assert fate_of_a_client(daemon) == "reset"
        wait_no_sessions(daemon)
    assert f"backend's TLS failed: {reason}" in caplog.text


def test_a_backend_that_is_not_trusted_hears_no_login(
    mariadb: MariaDBTls, files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    options = {"distant_tls": "yes", "distant_name": "other.example", "distant_ca": files.ca}
    with running(("127.0.0.1", mariadb.port), protocol="mysql", **options) as daemon:
        with pytest.raises(pymysql.err.OperationalError):
            connected(daemon.address[1])
        wait_no_sessions(daemon)
    assert "certificate verify failed" in caplog.text


@pytest.mark.parametrize("fault", ["tls_close", "tls_reset", "tls_expired", "tls_wrong_name", "tls_untrusted"])
def test_handshake_faults(mariadb: MariaDBTls, fault: str) -> None:
    options = {"protocol": "mysql", "session_behavior": f"100:{fault}", "tls_self_signed": "yes"}
    with running(("127.0.0.1", mariadb.port), **options) as daemon:
        context = ssl.create_default_context(cafile=daemon.daemon.shared.authority.path)
        with pytest.raises(pymysql.err.OperationalError) as raised:
            connected(daemon.address[1], context)
    said = raised.value.args[1]
    if fault in ("tls_close", "tls_reset"):
        assert "EOF occurred in violation of protocol" in said or "Connection reset by peer" in said
    else:
        assert "CERTIFICATE_VERIFY_FAILED" in said
