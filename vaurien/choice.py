"""Choice: which handler gets the next call of a direction."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from vaurien import registry
from vaurien.behavior import Behavior
from vaurien.chance import TICKETS
from vaurien.errors import ConfigError
from vaurien.options import OptionValues
from vaurien.settings import HandlerSettings

log = logging.getLogger("vaurien.proxy")


class ActiveHandler:
    """A handler at work in one proxy: the instance, its name and option values.

    `calls` counts what it was given, by direction: ``calls[True]`` are those to the backend.
    """

    __slots__ = ("act", "calls", "name", "settings", "values")

    def __init__(self, settings: HandlerSettings, proxy: Any) -> None:
        """Makes the instance. Raises `ConfigError` that names the handler if its constructor raises."""
        self.name = settings.name
        self.settings = settings
        self.values = OptionValues(settings.declared, settings.given)
        self.calls = [0, 0]
        try:
            self.act = registry.make(settings.target, self.values, proxy)
        except Exception as exc:
            raise ConfigError(f"handler {self.name}", f"cannot be made: {type(exc).__name__}: {exc}") from exc
        if not callable(self.act):
            raise ConfigError(f"handler {self.name}", f"{type(self.act).__name__} has no __call__")

    def acts_on(self, to_backend: bool) -> bool:
        """Whether it wants the calls of this direction."""
        if hasattr(self.act, "acts_on"):
            try:
                return bool(self.act.acts_on(to_backend))
            except Exception:
                log.exception("handler %s raised in acts_on: it gets the calls of both directions", self.name)
                return True
        direction = self.values["direction"]
        return bool(direction == "both" or (direction == "to_backend") == to_backend)

    @property
    def in_loop(self) -> bool:
        """Whether the engine may relay the bytes itself instead of calling."""
        return getattr(self.act, "in_loop", False) is True

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> Any:
        self.calls[to_backend] += 1
        return self.act(client_sock, backend_sock, to_backend)

    def __repr__(self) -> str:
        return f"<handler {self.name}>"


class Choice:
    """The weighted choice for one direction; a place that holds None is a call that the engine relays itself."""

    __slots__ = ("bounds", "handlers")

    def __init__(self, behavior: Behavior, handlers: Mapping[str, ActiveHandler], to_backend: bool) -> None:
        self.bounds = list(accumulate(share.tickets for share in behavior.shares))
        candidates = (handlers[share.name] for share in behavior.shares)
        self.handlers: list[ActiveHandler | None] = [
            None if handler.in_loop or not handler.acts_on(to_backend) else handler for handler in candidates
        ]
        self.handlers.append(None)

    def chooses(self) -> bool:
        """Whether there is anything to choose: without, nothing is drawn."""
        return any(self.handlers)

    def choose(self, draw: int) -> ActiveHandler | None:
        """The handler for a draw in [0, 2**64); None means that the engine relays."""
        return self.handlers[bisect_right(self.bounds, draw * TICKETS >> 64)]
