"""PostgreSQL behind the proxies, with the tables of pgbench."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.errors import BenchmarkError, last_line
from benchmarks.executables import program
from benchmarks.ports import free_port
from benchmarks.processes import Process, identity, running

ACCOUNT = "postgres"  # it refuses to run as root, who has this account by Debian's package
PROGRAMS = ("postgres", "initdb", "pgbench")
DEADLINE = 60  # seconds


def account() -> str | None:
    """Who the server runs as; None for the user of the benchmark."""
    return ACCOUNT if os.geteuid() == 0 else None


def _prepare(argv: Sequence[str], user: str | None) -> None:
    """Runs a program that prepares the cluster to its end, as the server's user."""
    done = subprocess.run(
        [program(argv[0]), *argv[1:]],
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        **identity(user),
    )
    if done.returncode:
        raise BenchmarkError(f"{argv[0]} ended with status {done.returncode}: {last_line(done.stderr)}")


@contextlib.contextmanager
def postgresql(directory: Path) -> Iterator[tuple[Process, int]]:
    """A fresh cluster without passwords and without care for power cuts, in which pgbench finds its tables."""
    port, user = free_port(), account()
    # Not in `directory`, which is closed to other users than the benchmark's.
    with tempfile.TemporaryDirectory(prefix="vaurien-postgresql-") as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        locale = ("--encoding", "UTF8", "--locale", "C")
        _prepare(["initdb", "-D", data, "-U", "postgres", "--auth", "trust", "--no-sync", *locale], user)
        settings = (
            "fsync=off",
            "max_connections=100",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={folder}",
        )
        options = [part for setting in settings for part in ("-c", setting)]
        argv = [program("postgres"), "-D", data, "-p", str(port), *options]
        with running("postgres", argv, directory, Path(folder), user=user) as process:
            process.wait_until(lambda: "ready to accept connections" in process.output())  # it listens before that
            _prepare(["pgbench", "-i", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "postgres"], user)
            yield process, port
