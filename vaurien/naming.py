"""Naming: what a proxy or a toxic can be called, wherever it is called so."""

from __future__ import annotations

from typing import Any

from vaurien.errors import ConfigError

LONGEST = 100
"""So many characters a name has at most."""


def checked_name(name: Any) -> str:
    """A name that can stand in a line of the log and in a path of the control API. Raises `ValueError`."""
    if not isinstance(name, str) or not name.isprintable() or "/" in name or not 0 < len(name) <= LONGEST:
        raise ValueError(f"expected a text of 1 to {LONGEST} printable characters without a slash, not {name!r:.200}")
    if name != name.strip():
        raise ValueError(f"begins or ends with a space: {name!r}")
    if name in (".", ".."):
        raise ValueError(f"cannot be {name!r}, which no client leaves as it is in an address")
    return name


def check_name(name: str, where: str) -> None:
    """The same for the name that a section has, at `where`. Raises `ConfigError`."""
    try:
        checked_name(name)
    except ValueError as exc:
        raise ConfigError(where, f"name: {exc}") from exc
