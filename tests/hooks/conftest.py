"""Hooks for all proxies end with the test that registered them; an error in the log must be expected."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import write
from tests.handlers.conftest import Errors, errors, no_errors
from tests.hooks import own, theirs
from tests.hooks.speaking import redis
from tests.hooks.tools import Notes
from tests.running import DEADLINE
from tests.servers.redis import Redis
from vaurien.hooks import GLOBAL

__all__ = ["Errors", "errors", "mine", "no_errors", "no_global_hooks", "notes", "redis_directly"]


@pytest.fixture(autouse=True)
def no_global_hooks() -> Iterator[None]:
    """Takes back what a test has registered for all proxies."""
    assert GLOBAL.entries == ()
    yield
    for entry in GLOBAL.entries:
        GLOBAL.remove(entry.hook)


@pytest.fixture
def notes() -> Notes:
    """What the hooks in `own` note from now on."""
    own.NOTES.clear()
    return own.NOTES


@pytest.fixture
def redis_directly(redis_server: Redis) -> Iterator[socket.socket]:
    """A connection to an empty Redis, past the proxy."""
    with socket.create_connection((redis_server.host, redis_server.port), DEADLINE) as sock:
        assert redis(sock, "FLUSHALL") == b"+OK"
        yield sock


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The dotted path of a module with hooks of the user's own, in the working directory."""
    write(tmp_path, {"theirs/mine_of_hooks.py": theirs.MODULE})
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield "theirs.mine_of_hooks"
    for name in ("theirs", "theirs.mine_of_hooks"):
        sys.modules.pop(name, None)
