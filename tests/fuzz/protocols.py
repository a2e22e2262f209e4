"""What is fuzzed: each protocol, the sessions that the search begins with, and how much it may keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.protocols import mysql_sessions, postgresql_sessions, redis_sessions
from tests.protocols import test_http as http
from tests.protocols import test_memcached as memcached
from tests.protocols import test_smtp as smtp
from tests.protocols.cutting import Step
from vaurien.protocols import PROTOCOLS, Protocol
from vaurien.protocols.http.framing import LONGEST_HEAD

MOST_KEPT = 70_000
"""No protocol keeps more bytes than that; each one's own bound is in its tests."""


class Fuzzed(NamedTuple):
    """A protocol, and sessions of it."""

    protocol: Protocol
    sessions: Iterable[list[Step]]
    bound: int = MOST_KEPT


def fuzzed(name: str) -> Fuzzed:
    """The protocol that is called `name`."""
    sessions: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
        "http": http.SESSIONS,
        "memcached": memcached.SESSIONS,
        "mysql": mysql_sessions.SESSIONS,
        "postgresql": postgresql_sessions.SESSIONS,
        "redis": redis_sessions.SESSIONS,
        "smtp": smtp.SESSIONS,
    }
    before = {"mysql": mysql_sessions.OPENED, "postgresql": postgresql_sessions.LOGIN}.get(name, [])
    begun = [[*before, *session[0]] for session in sessions[name].values()]
    bound = LONGEST_HEAD if name == "http" else MOST_KEPT
    return Fuzzed(PROTOCOLS.built_in[name](), [*begun, *(session[0] for session in sessions[name].values())], bound)


NAMES = sorted(PROTOCOLS.built_in)
