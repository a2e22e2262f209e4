"""The machine and the versions that a table of figures belongs to."""

import importlib.metadata
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from benchmarks.executables import find
from benchmarks.processes import ROOT
from vaurien.version import __version__

VERSION_COMMANDS = {
    "HAProxy": ("haproxy", "-v"),
    "Toxiproxy": ("toxiproxy-server", "-version"),
    "nginx": ("nginx", "-v"),
    "Redis": ("redis-server", "--version"),
    "PostgreSQL": ("postgres", "--version"),
    "wrk": ("wrk", "-v"),
    "iperf3": ("iperf3", "--version"),
}


def parse_version(text: str) -> str:
    """The first dotted number in what a program says of itself, or "unknown"."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return found.group() if found else "unknown"


def _version(program: str, option: str) -> str:
    path = find(program)
    if path is None:
        return "missing"
    # nginx prints it on stderr; wrk prints it with its usage and ends with status 1.
    done = subprocess.run([path, option], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
    return parse_version(done.stdout + done.stderr)


def parse_cpu(text: str) -> str:
    """The processor's name from the text of /proc/cpuinfo, or "unknown"."""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def _installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _vaurien() -> str:
    """Its version and, where the checkout is one of git, the commit, with "dirty" when something differs from it."""
    commit = _output("git", "describe", "--always", "--dirty", "--exclude=*")
    return f"{__version__} ({commit})" if commit else __version__


def _output(*command: str) -> str:
    """What a command says in the checkout; empty when it cannot."""
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def describe(command_line: str) -> dict[str, str]:
    """What to print above the tables. A program that is not installed has the version "missing"."""
    facts = {
        "date": time.strftime("%Y-%m-%d %H:%M %z"),
        "command line": command_line,
        "CPU": parse_cpu(Path("/proc/cpuinfo").read_text()),
        "cores": str(len(os.sched_getaffinity(0))),
        "kernel": f"{platform.system()} {platform.release()}",
        "congestion control": Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip(),
        "Python": platform.python_version(),
        "Vaurien": _vaurien(),
        "gevent": _installed("gevent"),
        "matplotlib": _installed("matplotlib"),
    }
    return facts | {name: _version(*command) for name, command in VERSION_COMMANDS.items()}
