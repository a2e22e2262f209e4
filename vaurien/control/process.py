"""Process: what the daemon's process takes of the machine, under the names that Prometheus has for that everywhere."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc/self")


class Process:
    """Reads each time what costs next to nothing.

    prometheus-client has the same, but counts descriptors by listing them: that stops the event loop for more than a
    millisecond for each thousand.
    """

    def __init__(self) -> None:
        self.started_at = started_at()

    def readings(self) -> Iterator[tuple[str, float]]:
        """Each family's value. What this system does not tell is left out: without /proc, most of it."""
        yield "process_cpu_seconds_total", time.process_time()
        yield "process_max_fds", resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if self.started_at is not None:
            yield "process_start_time_seconds", self.started_at
        with suppress(OSError, ValueError):
            virtual, resident, *_ = map(int, (PROC / "statm").read_text().split())
            yield "process_virtual_memory_bytes", virtual * resource.getpagesize()
            yield "process_resident_memory_bytes", resident * resource.getpagesize()
        with suppress(OSError):
            open_now = (PROC / "fd").stat().st_size  # 0 before Linux 6.2
            if open_now:
                yield "process_open_fds", open_now


def started_at() -> float | None:
    """When this process began, in seconds since 1970; None where nobody says."""
    try:
        fields = (PROC / "stat").read_text().rpartition(")")[2].split()
        booted_at = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        return booted_at + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return None
