"""What the benchmark reads from the system: versions, processor and its time, memory, the limit of descriptors."""

import os
import platform
import time
from pathlib import Path

import pytest

from benchmarks.cpu import cpu_seconds, parse_schedstat
from benchmarks.environment import describe, parse_cpu, parse_version
from benchmarks.errors import BenchmarkError
from benchmarks.limits import allowed_sessions
from benchmarks.memory import parse_resident
from vaurien.version import __version__

SMAPS_ROLLUP = """\
55d0c8a00000-7ffd3f5f2000 ---p 00000000 00:00 0                          [rollup]
Rss:               24052 kB
Pss:               18563 kB
Pss_Dirty:         14208 kB
Shared_Clean:       9012 kB
"""


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\n", "2.6.12"),
        ("nginx version: nginx/1.22.1\n", "1.22.1"),
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0\n", "7.0.15"),
        ("wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer\n", "4.1.0"),
        ("iperf 3.12 (cJSON 1.7.15)\n", "3.12"),
        ("", "unknown"),
    ],
)
def test_versions(text: str, version: str) -> None:
    assert parse_version(text) == version


def test_the_processor_is_named() -> None:
    assert parse_cpu("processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nstepping\t: 1\n") == "AMD EPYC"
    assert parse_cpu("processor\t: 0\n") == "unknown"


def test_everything_that_figures_depend_on_is_named() -> None:
    facts = describe("python -m benchmarks --quick")
    assert facts["command line"] == "python -m benchmarks --quick"
    assert facts["date"].startswith(time.strftime("%Y-"))
    assert facts["Vaurien"].split()[0] == __version__
    assert facts["Python"] == platform.python_version()
    names = {
        "CPU",
        "cores",
        "kernel",
        "gevent",
        "matplotlib",
        "HAProxy",
        "Toxiproxy",
        "nginx",
        "Redis",
        "wrk",
        "iperf3",
    }
    assert names <= facts.keys()
    assert all(facts.values())


def test_resident_memory_is_in_bytes() -> None:
    assert parse_resident(SMAPS_ROLLUP) == 24052 * 1024
    with pytest.raises(BenchmarkError):
        parse_resident("Pss: 1 kB\n")


@pytest.mark.parametrize(
    ("limit", "sessions"), [(20_000, 3_500), (7_600, 3_500), (7_598, 3_499), (1_000, 200), (64, 0)]
)
def test_fewer_sessions_where_descriptors_are_short(limit: int, sessions: int) -> None:
    assert allowed_sessions(3_500, limit) == sessions


def test_processor_time_is_in_nanoseconds() -> None:
    assert parse_schedstat("17476885 1203 88\n") == 17476885
    with pytest.raises(BenchmarkError):
        parse_schedstat("")
    with pytest.raises(BenchmarkError):
        cpu_seconds(2**22 + 1)  # no process has a number above PID_MAX_LIMIT


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel has no schedstat")
def test_the_processor_time_of_this_process() -> None:
    before, start = cpu_seconds(os.getpid()), time.process_time()
    while time.process_time() - start < 0.2:
        pass
    assert cpu_seconds(os.getpid()) - before == pytest.approx(time.process_time() - start, abs=0.05)
