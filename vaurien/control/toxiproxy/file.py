"""File: the proxies of a ``-config`` file, which is what ``/populate`` takes."""

from __future__ import annotations

import json
from typing import Any

from vaurien.control.live import Live
from vaurien.control.toxiproxy import actions
from vaurien.errors import ConfigError


def populate_from(live: Live, path: str) -> None:
    """Makes the proxies that the JSON file at `path` lists. Raises `ConfigError` that names the file and the entry."""
    value = read(path)
    for number, one in enumerate(value, 1):
        try:
            actions.populate(live, [one])
        except actions.PopulateFailed as exc:
            message = exc.refusal.message.removesuffix(" at proxy 1")
            raise ConfigError(f"{path} proxy {number}", message) from exc


def read(path: str) -> list[Any]:
    """The list that stands in the file. Raises `ConfigError`."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            value = json.load(file)
    except OSError as exc:
        raise ConfigError(path, f"cannot be read: {(exc.strerror or str(exc)).lower()}") from exc
    except (ValueError, RecursionError) as exc:
        raise ConfigError(path, f"is no JSON: {exc}") from exc
    if not isinstance(value, list):
        raise ConfigError(path, "expected a JSON list of proxies")
    return value
