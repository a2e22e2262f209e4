"""Programs of other people that the tests need: where they are and how they are run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from glob import glob
from pathlib import Path

import pytest

# Debian keeps servers out of an ordinary user's PATH, and PostgreSQL's programs out of everybody's.
EXTRA_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin")
VERSIONED_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")

# The user's own settings of these clients must not reach the tests.
FOREIGN_VARIABLES = ("PG", "MYSQL", "MARIADB", "REDISCLI_")


def find_program(name: str, package: str) -> str:
    """Return the path of the program `name`, which the Debian package `package` brings.

    Where it is missing the test is skipped, and in CI it fails: a suite that skips there would prove nothing.
    """
    folders = [*os.get_exec_path(), *EXTRA_FOLDERS]
    for pattern in VERSIONED_FOLDERS:
        folders.extend(sorted(glob(pattern), key=_version_in, reverse=True))
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is not None:
        return found
    reason = f"{name} is not installed (Debian: apt-get install {package})"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _version_in(folder: str) -> tuple[int, ...]:
    """The numbers in a folder's name, so that version 15 sorts after version 9."""
    digits = "".join(char if char.isdigit() else " " for char in folder)
    return tuple(int(number) for number in digits.split())


def clean_environment() -> dict[str, str]:
    """The environment for other people's programs: messages in English, times in UTC, no settings of the user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_VARIABLES)}
    return kept | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}


def run(command: Sequence[str | Path], *, input: bytes | None = None, deadline: float = 30.0) -> str:
    """Run a client program to its end and return what it printed on standard output.

    `input` is what it reads on standard input. Raises AssertionError with both of its outputs when it fails or is not
    done after `deadline` seconds.
    """
    return run_bytes(command, input=input, deadline=deadline).decode()


def run_bytes(command: Sequence[str | Path], *, input: bytes | None = None, deadline: float = 30.0) -> bytes:
    """Like `run`, for output that is not text."""
    standard_input = subprocess.DEVNULL if input is None else None
    try:
        done = subprocess.run(
            command, input=input, stdin=standard_input, capture_output=True, timeout=deadline, env=clean_environment()
        )
    except subprocess.TimeoutExpired as exc:
        raise AssertionError(_report(command, f"not done after {deadline} s", exc.stdout, exc.stderr)) from exc
    if done.returncode != 0:
        raise AssertionError(_report(command, f"exit code {done.returncode}", done.stdout, done.stderr))
    return done.stdout


def _report(command: Sequence[str | Path], what: str, stdout: bytes | None, stderr: bytes | None) -> str:
    said = "\n".join((out or b"")[-4000:].decode(errors="replace") for out in (stdout, stderr))
    return f"{' '.join(map(str, command))}: {what}\n{said}"


@cache
def _setpriv() -> str | None:
    return shutil.which("setpriv") if sys.platform == "linux" else None


def dying_with_us(command: Sequence[str | Path]) -> list[str]:
    """`command`, started in such a way that the kernel kills it when the test process dies without cleaning up.

    Linux only; elsewhere the command as it is. To be started from the main thread: the kernel looks at the thread.
    """
    setpriv = _setpriv()
    prefix = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    return [*prefix, *map(str, command)]
