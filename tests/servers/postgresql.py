"""PostgreSQL with a fresh cluster."""

import signal
import subprocess
from pathlib import Path

from tests.servers.base import Server
from tests.servers.command import clean_environment, find_program


class PostgreSQL(Server):
    """A cluster with the superuser `postgres`, no passwords, no TLS, and no care for power cuts."""

    program = "postgres"
    package = "postgresql"
    account = "postgres"
    # "Immediate": the folder is removed anyway. Unlike SIGKILL it lets the server give its shared memory back.
    stop_signal = signal.SIGQUIT

    def prepare(self) -> None:
        self.data = self.folder / "data"
        initdb = find_program("initdb", self.package)
        encoding = ["--encoding", "UTF8", "--locale", "C"]
        self.run_as_account(
            [initdb, "--pgdata", self.data, "--username", "postgres", "--auth", "trust", "--no-sync", *encoding]
        )

    def command(self) -> list[str | Path]:
        self.unix_path = self.folder / f".s.PGSQL.{self.port}"
        settings = {
            "listen_addresses": self.host,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "shared_buffers": "32MB",
            "max_connections": "50",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.binary, "-D", self.data, "-p", str(self.port), *options]

    def answers(self) -> bool:
        # Asked on the unix socket, which lies in our own folder; the TCP port is bound before it accepts anything.
        pg_isready = find_program("pg_isready", "postgresql-client")
        ready: list[str | Path] = [pg_isready, "-q", "-h", self.folder, "-p", str(self.port), "-U", "postgres"]
        return subprocess.run(ready, env=clean_environment(), timeout=10).returncode == 0
