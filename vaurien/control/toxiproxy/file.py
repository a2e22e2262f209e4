"""File: the proxies of a ``-config`` file, which is what ``/populate`` takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vaurien.control.live import Live
from vaurien.control.toxiproxy.populate import PopulateFailed, new_settings, populate
from vaurien.control.toxiproxy.refusal import Refusal
from vaurien.errors import ConfigError
from vaurien.settings import DaemonSettings, ProxySettings


def populate_from(live: Live, path: str) -> None:
    """Makes the proxies that the JSON file at `path` lists. Raises `ConfigError` that names the file and the entry."""
    for number, one in enumerate(read(path), 1):
        with _placed(f"{path} proxy {number}"):
            populate(live, [one])


def settings_of(path: str, settings: DaemonSettings) -> dict[str, ProxySettings]:
    """The same proxies as they would be in a daemon with these settings, none of which is made. Raises `ConfigError`
    in the same way."""
    found: dict[str, ProxySettings] = {}
    for number, one in enumerate(read(path), 1):
        with _placed(f"{path} proxy {number}"):
            proxy = new_settings(one, settings)
            found[proxy.name] = proxy
    return found


@contextmanager
def _placed(where: str) -> Iterator[None]:
    try:
        yield
    except (PopulateFailed, Refusal) as exc:
        refusal = exc.refusal if isinstance(exc, PopulateFailed) else exc
        message = refusal.message.removeprefix("bad request body: ").removesuffix(" at proxy 1")
        raise ConfigError(where, f"{message}: {refusal.more}" if refusal.more else message) from exc


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
