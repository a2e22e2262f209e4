"""What the tests of session handlers share: a daemon with one, and one that does as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.running import Running
from vaurien import config
from vaurien.ini import Given
from vaurien.session_handlers import SessionHandler

SCRIPTED = "100:tests.session_handlers.tools.Scripted"
"""The session behavior that gives every session to the script."""


class Scripted(SessionHandler):
    """Does what the test has put into `script`, a function that gets the handler and the session."""

    name = "scripted"
    script: Callable[[Any, Any], Any]

    def __call__(self, session: Any) -> Any:
        return type(self).script(self, session)


@contextmanager
def script(function: Callable[[Any, Any], Any]) -> Iterator[None]:
    """Makes `function` what `Scripted` does, until the end of the block."""
    Scripted.script = staticmethod(function)
    try:
        yield
    finally:
        del Scripted.script


@contextmanager
def beginning(
    distant: Any, session_behavior: str, options: Mapping[str, Any] | None = None, **settings: Any
) -> Iterator[Running]:
    """A daemon with one proxy before `distant`, with this session behavior. `options` are those of session handlers,
    such as ``{"slow_open.sleep": 0.1}``; `settings` those of ``[vaurien]``."""
    values = {
        "local": "127.0.0.1:0",
        "distant": f"{distant[0]}:{distant[1]}",
        "session_behavior": session_behavior,
        **settings,
    }
    sections = {"vaurien": {name: Given(str(value), f"--{name}") for name, value in values.items()}}
    for name, value in (options or {}).items():
        handler, _, option = name.rpartition(".")
        section = sections.setdefault(f"session_handler:{handler}", {})
        section[option] = Given(str(value), f"--session-handlers.{name}")
    daemon = Running(replace(config.build({}, sections), shutdown_timeout=0.0))
    try:
        yield daemon
    finally:
        daemon.stop()


def ended(daemon: Running) -> dict[str, int]:
    """How the sessions that are over have ended, once none is left."""
    daemon.wait_until(lambda: not daemon.proxy.sessions, "the end of all sessions")
    return daemon.do(lambda: dict(daemon.proxy.counters.ended))


def counted(daemon: Running) -> dict[str, int]:
    """The sessions that session handlers got."""
    return daemon.do(lambda: dict(daemon.proxy.counters.session_handlers))


def wait_entering(daemon: Running, count: int = 1) -> None:
    """Waits until session handlers have so many sessions."""
    daemon.wait_until(
        lambda: sum(session.entering for session in daemon.proxy.sessions.values()) == count, f"{count} sessions"
    )
