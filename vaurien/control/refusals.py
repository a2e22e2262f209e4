"""Refusals: why a change cannot be made, beside what is wrong with it."""

from __future__ import annotations

from vaurien.errors import ConfigError


class UnknownProxy(ConfigError):
    """There is no proxy of that name."""


class UnknownHold(ConfigError):
    """Nothing is held under that number, or not any more."""


class NameTaken(ConfigError):
    """There is a proxy of that name already."""


class Outdated(ConfigError):
    """The proxy has changed since it was read."""
