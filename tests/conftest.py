"""What all tests share: servers to stand behind the proxy, and the watch over what they leave behind."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from tests import built_docs, peers
from tests.peers import Backend

ENDING = 5.0
"""So long, in seconds, a thread may take to end after its test."""

pytest_plugins = ["tests.servers.fixtures"]


def pytest_configure() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would each program that a test sends it to."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Hides the tests themselves from the garbage collector: each look at all objects would go through them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _one_documentation(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All processes of a run share one build; each has a folder of its own in that of the run."""
    own = tmp_path_factory.getbasetemp()
    built_docs.folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "docs"


@pytest.fixture
def echo_backend() -> Iterator[Backend]:
    """A backend that says everything back."""
    with peers.backend(peers.echo) as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Fails a test that leaves a descriptor or a thread behind."""
    before, threads = open_descriptors(), set(threading.enumerate())
    yield
    left = open_descriptors() - before
    if left:
        gc.collect()  # what only a reference cycle holds is no leak
        left = open_descriptors() - before
    assert not left, f"descriptors left open: {sorted(left)}"
    for thread in set(threading.enumerate()) - threads:
        thread.join(ENDING)  # it may be in its last lines
    assert set(threading.enumerate()) <= threads, "threads left running"


def open_descriptors() -> set[tuple[int, str]]:
    """All open descriptors of this process, with what they stand for."""
    found = set()
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        try:
            found.add((int(name), os.readlink(f"/proc/self/fd/{name}")))
        except OSError:
            pass  # the listing's own
    return found


@pytest.fixture
def tracebacks_are_not_kept() -> Iterator[None]:
    """pytest keeps every log record, and with its traceback all that was on the stack."""
    logger = logging.getLogger("vaurien.session")

    def has_no_traceback(record: logging.LogRecord) -> bool:
        return not record.exc_info

    logger.addFilter(has_no_traceback)
    yield
    logger.removeFilter(has_no_traceback)
