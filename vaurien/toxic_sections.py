"""Toxic sections: what an INI and the command line say of toxics, ``[toxic:NAME]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.errors import ConfigError
from vaurien.given import value
from vaurien.ini import Given
from vaurien.naming import check_name
from vaurien.options import Option
from vaurien.registry import name_of
from vaurien.settings import ToxicSettings, ToxicType
from vaurien.toxics.base import Toxic

STREAMS = ("downstream", "upstream")


def stream(text: Any) -> str:
    """A stream: downstream or upstream.

    The type of the option, in whatever case. Raises `ValueError`.
    """
    if not isinstance(text, str) or text.strip().lower() not in STREAMS:
        raise ValueError(f"expected one of {', '.join(STREAMS)}, not {text!r}")
    return text.strip()


TOXIC_OPTIONS: dict[str, Option] = {
    "stream": Option("Which bytes: downstream is to the client", stream, "downstream"),
    "toxicity": Option("The share of the sessions that it acts on", float, 1.0, minimum=0, maximum=1),
    "enabled": Option("Whether it is at work; if not, its type can still be chosen live", bool, True),
}  # fmt: skip
"""What every toxic's section takes besides the options of its type."""


def toxic(
    name: str,
    where: str,
    target: Any,
    declared: Mapping[str, Option],
    given: Mapping[str, Any],
    besides: Mapping[str, Given],
) -> ToxicSettings | None:
    """The toxic that a section at `where` describes; None if it is not to be at work. Raises `ConfigError`."""
    common = {key: value(key, option, besides) for key, option in TOXIC_OPTIONS.items()}
    enabled = common.pop("enabled")
    settings = ToxicSettings(name, ToxicType(name_of(target, name), target, declared), given, **common)
    try:
        check(settings)
    except ValueError as exc:
        raise ConfigError(where, str(exc)) from exc
    check_name(name, where)
    return settings if enabled else None


def check(toxic: ToxicSettings) -> None:
    """Raises `ValueError` for what is no toxic, or has values that do not go together: then the option's name comes
    first."""
    if not (isinstance(toxic.target, type) and issubclass(toxic.target, Toxic)):
        name = getattr(toxic.target, "__qualname__", toxic.type.name)
        raise ValueError(f"type: {name} is no toxic: it must derive from vaurien.toxics.Toxic")
    toxic.target.check({name: toxic.given.get(name, option.default) for name, option in toxic.declared.items()})
