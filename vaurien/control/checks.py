"""Checks: what all bodies of requests have to hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vaurien.errors import ConfigError
from vaurien.registry import nearest
from vaurien.tls_settings import TLS_OPTIONS

TOLD = ("name", "listening", "shares", "sessions", "reverts", "reverts_in", "tls", "tls_ca", *TLS_OPTIONS)
"""What an answer says of a proxy, or its configuration, besides what can be set."""


def converted(where: str, convert: Callable[[Any], Any], value: Any) -> Any:
    """What `convert` makes of a value. Raises `ConfigError` that names `where`."""
    try:
        return convert(value)
    except ValueError as exc:
        raise ConfigError(where, str(exc)) from exc


def check_keys(body: Mapping[str, Any], known: tuple[str, ...], prefix: str = "") -> None:
    """Raises `ConfigError` for a key that there is not; `prefix` is the path to the body."""
    for key in body:
        if key == "hold" and key not in known:
            raise ConfigError(f"{prefix}{key}", "only a behavior can be held, by PUT …/behavior")
        if key in TOLD and key not in known:
            raise ConfigError(f"{prefix}{key}", f"cannot be set; choose from {', '.join(known)}")
        if key not in known:
            raise ConfigError(f"{prefix}{key}", f"unknown; {nearest(str(key), known)}")
