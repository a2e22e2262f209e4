"""Real servers that speak TLS."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from tests.servers.base import exchange
from tests.servers.mariadb import MariaDB
from tests.servers.nginx import Nginx
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis


def give(cert: str, own: Path, account: str | None) -> None:
    """A copy of the certificate that only a server's account can read."""
    shutil.copy(cert, own)
    own.chmod(0o600)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(account or "root")
        os.chown(own, entry.pw_uid, entry.pw_gid)


class Https(Nginx):
    """nginx, which speaks HTTPS only."""

    def __init__(self, cert: str) -> None:
        self.cert = cert

    def command(self) -> list[str | Path]:
        command = super().command()
        config = self.folder / "nginx.conf"
        listen = f"listen {self.host}:{self.port}"
        more = f"{listen} ssl;\n        ssl_certificate {self.cert};\n        ssl_certificate_key {self.cert};"
        config.write_text(config.read_text().replace(f"{listen};", more))
        return command

    def answers(self) -> bool:
        return exchange(self.unix_path, b"GET /1kB.bin HTTP/1.0\r\n\r\n").endswith(self.files["1kB.bin"])  # type: ignore[arg-type]


class Rediss(Redis):
    """Redis, which speaks TLS only and asks nobody for a certificate."""

    def __init__(self, cert: str, ca: str) -> None:
        super().__init__()
        self.files = ["--tls-cert-file", cert, "--tls-key-file", cert, "--tls-ca-cert-file", ca]

    def command(self) -> list[str | Path]:
        tls: list[str | Path] = ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
        return [*super().command(), *tls, *self.files]

    def answers(self) -> bool:
        assert self.unix_path is not None
        return f"\r\nprocess_id:{self.process.pid}\r\n".encode() in exchange(self.unix_path, b"INFO server\r\nQUIT\r\n")


class PostgreSQLTls(PostgreSQL):
    """PostgreSQL with ``ssl = on``, which lets nobody in by TCP without."""

    def __init__(self, cert: str) -> None:
        self.cert = cert

    def prepare(self) -> None:
        super().prepare()
        give(self.cert, self.data / "server.pem", self.account)
        rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n"
        (self.data / "pg_hba.conf").write_text(rules)

    def command(self) -> list[str | Path]:
        own = self.data / "server.pem"
        return [*super().command(), "-c", "ssl=on", "-c", f"ssl_cert_file={own}", "-c", f"ssl_key_file={own}"]


class MariaDBTls(MariaDB):
    """MariaDB, which has TLS for those who want it."""

    def __init__(self, cert: str) -> None:
        self.cert = cert

    def command(self) -> list[str | Path]:
        own = self.data / "server.pem"
        give(self.cert, own, self.account)
        return [*super().command(), f"--ssl-cert={own}", f"--ssl-key={own}"]
