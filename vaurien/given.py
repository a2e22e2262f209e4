"""Given: turning what was given into values, with the place in every error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vaurien.errors import ConfigError
from vaurien.ini import Given, Section
from vaurien.options import Option
from vaurien.registry import nearest

Values = Mapping[str, Given]


def place(section: str, options: Values) -> str:
    """Where a section stands, from the place of its first option: ``file [section]``."""
    if isinstance(options, Section) and options.where:
        return options.where
    for given in options.values():
        return given.where.rpartition(" ")[0]
    return f"[{section}]"


def check_names(values: Values, known: Iterable[str]) -> None:
    for name, given in values.items():
        if name not in known:
            raise ConfigError(given.where, f"unknown option; {nearest(name, known)}")


def value(name: str, option: Option, values: Values) -> Any:
    if name not in values:
        return option.default
    if values[name].bare:
        if option.type is not bool:
            raise ConfigError(values[name].where, f"needs a value: {option.allowed()}")
        return True
    given = values[name]
    if option.type is str:  # where it was written, blanks at its ends are there to be read
        given = given._replace(text=given.text.strip())
    return converted(option.convert, given)


def converted(convert: Callable[[str], Any], given: Given) -> Any:
    try:
        return convert(given.text)
    except ValueError as exc:
        raise ConfigError(given.where, str(exc)) from exc
