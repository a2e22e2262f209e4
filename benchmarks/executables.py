"""Where the external programs are."""

import glob
import os
import shutil

from benchmarks.errors import BenchmarkError

# Debian keeps servers in sbin, which is not on the PATH of an ordinary user, and each version of PostgreSQL by itself.
SERVER_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", *glob.glob("/usr/lib/postgresql/*/bin"))


def find(name: str) -> str | None:
    """The path of the program `name`, or None when it is not installed."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *SERVER_FOLDERS]))


def program(name: str) -> str:
    """The path of the program `name`; BenchmarkError when it is not installed."""
    path = find(name)
    if path is None:
        raise BenchmarkError(f"{name} is not installed")
    return path
