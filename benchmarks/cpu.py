"""The time for which a process has had a processor."""

import re
from pathlib import Path

from benchmarks.errors import BenchmarkError


def cpu_seconds(pid: int) -> float:
    """The processor time of all threads that the process has now, user and system together, since they started.

    From the scheduler's own nanoseconds: the clock of /proc/PID/stat ticks a hundred times a second. What a thread had
    that has ended is not in it. A thread that runs at this moment is behind by up to one tick of the scheduler.
    """
    try:
        threads = [(path / "schedstat").read_text() for path in Path(f"/proc/{pid}/task").iterdir()]
    except OSError as exc:
        raise BenchmarkError(f"the processor time of process {pid} cannot be read: {exc.strerror}") from exc
    return sum(parse_schedstat(text) for text in threads) / 1e9


def parse_schedstat(text: str) -> int:
    """Nanoseconds on a processor, from the text of a schedstat file."""
    found = re.fullmatch(r"(\d+) \d+ \d+\n", text)
    if found is None:
        raise BenchmarkError(f"schedstat not understood: {text!r}")
    return int(found.group(1))
