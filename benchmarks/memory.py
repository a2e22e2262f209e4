"""The memory of a process."""

import re
from pathlib import Path

from benchmarks.errors import BenchmarkError


def resident_bytes(pid: int) -> int:
    """The resident set of a process.

    From smaps_rollup, which walks the page tables: VmRSS in /proc/PID/status is a per-CPU counter, off by many pages.
    """
    try:
        return parse_resident(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError as exc:
        raise BenchmarkError(f"the memory of process {pid} cannot be read: {exc.strerror}") from exc


def parse_resident(text: str) -> int:
    """Bytes of the line `Rss:` in the text of a smaps_rollup file, which counts in units of 1 024 bytes."""
    found = re.search(r"^Rss:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise BenchmarkError("smaps_rollup has no line Rss")
    return int(found.group(1)) * 1024
