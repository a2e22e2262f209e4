"""Active session handler: a session handler at work in one proxy, with the values of its options."""

from __future__ import annotations

from typing import Any

from vaurien.active import made
from vaurien.errors import ConfigError
from vaurien.match import Match
from vaurien.options import OptionValues
from vaurien.settings import SessionHandlerSettings


class ActiveSessionHandler:
    """The instance, its name and option values. `act` is what a session is given to."""

    __slots__ = ("act", "name", "settings", "values")

    def __init__(self, settings: SessionHandlerSettings, proxy: Any) -> None:
        """Makes the instance. Raises `ConfigError` that names the session handler if that cannot be."""
        self.name = settings.name
        self.settings = settings
        self.values = OptionValues(settings.declared, settings.given)
        self.act = made("session handler", settings, self.values, proxy)
        if not callable(self.act):
            raise ConfigError(f"session handler {self.name}", f"{type(self.act).__name__} has no __call__")

    @property
    def match(self) -> Match | None:
        """What it is limited to; None for all sessions."""
        match = self.values.get("match")
        return match if isinstance(match, Match) and match else None

    def __repr__(self) -> str:
        return f"<session handler {self.name}>"
