"""Loaded: what can be chosen in a daemon, as values that never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vaurien.client.answers import Told, several


@dataclass(frozen=True, kw_only=True)
class LoadedOption(Told):
    """An option of a handler, a session handler, a hook or a type of toxics. What has no limit has None for it, and no
    `choices`."""

    made = {"choices": tuple}

    name: str
    type: str
    default: Any
    description: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    unit: str


@dataclass(frozen=True, kw_only=True)
class Loaded(Told):
    """A handler, a session handler, a hook or a type of toxics that can be chosen."""

    made = {"options": several(LoadedOption)}

    name: str
    summary: str
    options: tuple[LoadedOption, ...]


@dataclass(frozen=True, kw_only=True)
class LoadedProtocol(Told):
    """A protocol that can be chosen. `errors` are those that ``error`` chooses from by itself."""

    made = {"errors": tuple}

    name: str
    summary: str
    errors: tuple[str, ...]
