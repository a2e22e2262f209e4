"""A Prometheus in small: asks for the metrics of a proxy each second."""

import contextlib
import threading
import time
import urllib.request
from collections.abc import Iterator

from benchmarks.errors import BenchmarkError

INTERVAL = 1.0  # seconds; Prometheus asks each 15 or 60 seconds, unless told otherwise
DEADLINE = 5.0  # seconds for one answer


def scrape(url: str) -> bytes:
    """The metrics in the format that Prometheus asks for first; BenchmarkError where there are none."""
    request = urllib.request.Request(url, headers={"Accept": "application/openmetrics-text"})
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            said: bytes = answer.read()
    except OSError as exc:
        raise BenchmarkError(f"{url}: {exc}") from exc
    if not said.endswith(b"# EOF\n"):
        raise BenchmarkError(f"{url}: no metrics, but {said[:80]!r}")
    return said


@contextlib.contextmanager
def scraping(url: str, interval: float = INTERVAL) -> Iterator[list[bytes]]:
    """Asks at once and every `interval` seconds until the block is left; the answers so far are in the list.

    BenchmarkError at the end when an answer was none.
    """
    answers: list[bytes] = []
    failures: list[BenchmarkError] = []
    over = threading.Event()

    def run() -> None:
        due = time.monotonic()
        try:
            while True:
                answers.append(scrape(url))
                due += interval
                if over.wait(max(0.0, due - time.monotonic())):
                    return
        except BenchmarkError as exc:
            failures.append(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join()
    if failures:
        raise failures[0]
