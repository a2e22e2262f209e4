"""MariaDB with fresh system tables."""

import subprocess
from pathlib import Path

from tests.servers.base import Server
from tests.servers.command import clean_environment, find_program

# Accounts are made by the server itself at its start: one for the tests, with a password so that the whole
# handshake happens.
INIT = """\
CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY '{password}';
GRANT ALL ON *.* TO '{user}'@'%';
CREATE DATABASE IF NOT EXISTS test;
"""


class MariaDB(Server):
    """A server with the account `user`/`password`, which may do everything, and the empty database `test`."""

    program = "mariadbd"
    package = "mariadb-server"
    account = "mysql"
    user = "vaurien"
    password = "rascal"

    def prepare(self) -> None:
        self.data = self.folder / "data"
        install = find_program("mariadb-install-db", self.package)
        flags = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        self.run_as_account([install, "--no-defaults", f"--datadir={self.data}", *flags])
        (self.folder / "init.sql").write_text(INIT.format(user=self.user, password=self.password))

    def command(self) -> list[str | Path]:
        self.unix_path = self.folder / "mariadb.sock"
        listen = [f"--bind-address={self.host}", f"--port={self.port}", f"--socket={self.unix_path}"]
        files = [f"--datadir={self.data}", f"--tmpdir={self.folder}", f"--pid-file={self.folder}/mariadb.pid"]
        # The folder is removed at the end, so nothing is flushed for a power cut, nor at the stop.
        quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-fast-shutdown=2", "--innodb-log-file-size=32M"]
        large = ["--max-allowed-packet=64M", "--local-infile=1"]
        init = [f"--init-file={self.folder}/init.sql", "--skip-name-resolve", "--character-set-server=utf8mb4"]
        return [self.binary, "--no-defaults", *listen, *files, *quick, *large, *init]

    def answers(self) -> bool:
        # Asked on the unix socket, which lies in our own folder. The account is there once the init file was read.
        ping = [find_program("mariadb-admin", "mariadb-client"), "--no-defaults", f"--socket={self.unix_path}"]
        login = [f"--user={self.user}", f"--password={self.password}"]
        asked = subprocess.run([*ping, *login, "status"], env=clean_environment(), timeout=10, capture_output=True)
        return asked.returncode == 0
