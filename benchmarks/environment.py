"""The machine and the versions that a table of figures belongs to."""

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

from benchmarks.executables import find

VERSION_COMMANDS = {
    "HAProxy": ("haproxy", "-v"),
    "nginx": ("nginx", "-v"),
    "Redis": ("redis-server", "--version"),
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


def _gevent() -> str:
    try:
        return importlib.metadata.version("gevent")
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def describe() -> dict[str, str]:
    """What to print above the table. A program that is not installed has the version "missing"."""
    facts = {
        "CPU": parse_cpu(Path("/proc/cpuinfo").read_text()),
        "cores": str(len(os.sched_getaffinity(0))),
        "kernel": f"{platform.system()} {platform.release()}",
        "congestion control": Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip(),
        "Python": platform.python_version(),
        "gevent": _gevent(),
    }
    return facts | {name: _version(*command) for name, command in VERSION_COMMANDS.items()}
