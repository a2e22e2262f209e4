"""Refusals: why a change cannot be made, beside what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from vaurien.errors import ConfigError, NotMade


class UnknownProxy(ConfigError):
    """There is no proxy of that name."""


class UnknownHold(ConfigError):
    """Nothing is held under that number, or not any more."""


PLACES = {
    "handler": ("handlers", "behavior"),
    "session_handler": ("session_handlers", "session_behavior"),
    "hook": ("hook_options", "hooks"),
    "toxic": ("toxics", "toxics"),
}
"""Where a body speaks of the options of each kind, and where of who is to be at work."""


class NameTaken(ConfigError):
    """There is a proxy of that name already."""


class Outdated(ConfigError):
    """The proxy has changed since it was read."""


@contextmanager
def placed(body: Mapping[str, Any]) -> Iterator[None]:
    """A handler, hook or toxic that refuses to be made is named by its place in the body that asks for it."""
    try:
        yield
    except NotMade as exc:
        options, names = PLACES[exc.kind]
        option = f".{exc.option}" if exc.option else ""
        if isinstance(body.get(options), Mapping) and exc.name in body[options]:
            raise ConfigError(f"{options}.{exc.name}{option}", exc.problem) from exc
        asking = next((key for key in (names, "protocol") if key in body), None)
        if asking is not None:
            named = repr(exc.name) in exc.problem
            raise ConfigError(asking, exc.problem if named else f"{_blamed(exc)}: {exc.problem}") from exc
        raise


def _blamed(exc: NotMade) -> str:
    """Who refuses, and because of what."""
    who = f"{exc.kind.replace('_', ' ')} {exc.name}"
    return f"{who}: option {exc.option}" if exc.option else who
