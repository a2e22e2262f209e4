"""Options: what a handler lets its user set, declared once and read by everything that sets or shows it.

A declaration is a mapping from the option's name to a tuple ``(description, type, default)``; `Option` is the same
tuple with limits added.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from vaurien.errors import ConfigError

WORDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
TRUE = frozenset(("true", "yes", "on", "1"))
FALSE = frozenset(("false", "no", "off", "0"))


class Option(NamedTuple):
    """One option. The first three fields are the tuple that handlers declare; the rest are limits.

    `type` is ``int``, ``float``, ``bool``, ``str`` or any callable that makes a value from a text and raises
    `ValueError` for a wrong one. `minimum` and `maximum` are inclusive. `choices` lists the only values allowed.
    """

    description: str
    type: Callable[[Any], Any] = str
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""

    def convert(self, value: Any) -> Any:
        """The value in this option's type; a text stays as it is, with the blanks at its ends. Raises `ValueError` with
        what is allowed and what was given."""
        try:
            converted = self._in_type(value)
            if self.choices and converted not in self.choices:
                raise ValueError
            if self.minimum is not None and converted < self.minimum:
                raise ValueError
            if self.maximum is not None and converted > self.maximum:
                raise ValueError
        except Exception as exc:  # a type of the user's own may raise anything
            if self.type not in WORDS and str(exc):
                raise ValueError(str(exc)) from exc  # a type of its own says it best
            raise ValueError(f"expected {self.allowed()}, not {value!r}") from exc
        return converted

    def allowed(self) -> str:
        """What this option takes, in words, for an error or a help text."""
        text = WORDS.get(self.type) or _first_line(self.type.__doc__) or self.type_name()
        if self.choices:
            text = "one of " + ", ".join(self.choices)
        if self.unit:
            text += f" of {self.unit}"
        if self.minimum is not None and self.maximum is not None:
            text += f" from {_plain(self.minimum)} to {_plain(self.maximum)}"
        elif self.minimum is not None:
            text += f", {_plain(self.minimum)} or more"
        elif self.maximum is not None:
            text += f", {_plain(self.maximum)} or less"
        return text

    def type_name(self) -> str:
        """The type as a reference page names it: ``float``, ``bool``…"""
        return getattr(self.type, "__name__", str(self.type))

    def _in_type(self, value: Any) -> Any:
        if self.type is bool:
            return _boolean(value)
        if isinstance(value, bool) and self.type in (int, float):
            raise ValueError
        if (self.type is int and isinstance(value, float)) or (self.type is str and not isinstance(value, str)):
            raise ValueError
        number_or_word = self.type in (int, float) or (self.type is str and self.choices)
        converted = self.type(value.strip() if number_or_word and isinstance(value, str) else value)
        if isinstance(converted, float) and not math.isfinite(converted):
            raise ValueError
        return converted


def _plain(limit: float) -> str:
    """A number without an exponent, where it is a whole one."""
    return str(int(limit)) if limit == int(limit) else f"{limit:g}"


def _first_line(docstring: str | None) -> str:
    line = (docstring or "").partition("\n")[0].rstrip(".").replace("``", "")
    return line.replace("A ", "a ", 1) if line.startswith("A ") else line


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError


DIRECTIONS = ("both", "to_backend", "to_client")


def direction(default: str) -> Option:
    """The option that every handler has: which way the bytes go that it acts on."""
    return Option("Which calls it acts on: the others go through untouched", str, default, choices=DIRECTIONS)


def words(value: Any) -> tuple[str, ...]:
    """A list with commas between.

    The type of options that are lists: texts between commas or line ends, or a list of them.
    """
    parts = re.split(r"[,\n]", value) if isinstance(value, str) else value
    if not all(isinstance(part, str) for part in parts):
        raise ValueError("expected a list of texts")
    return tuple(part.strip() for part in parts if part.strip())


def header_name(value: Any) -> str:
    """A name of a header, or nothing.

    The type of the option: a token of RFC 9110, 5.6.2. Raises `ValueError`.
    """
    if not isinstance(value, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]*", value.strip()):
        raise ValueError(f"expected the name of a header, such as X-Vaurien, not {value!r}")
    return value.strip()


def shown(value: Any) -> str:
    """A value as its user would write it."""
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if text.isprintable() else repr(text)[1:-1]


def declared(target: Any, where: str, common: Mapping[str, Option] | None = None) -> dict[str, Option]:
    """The options that `target` (a class, or a function) declares, with the `common` ones of its kind added.

    Raises `ConfigError` that names `where` if the declaration itself is not one.
    """
    declaration = getattr(target, "options", None)
    if declaration is None:
        declaration = {}
    if not isinstance(declaration, Mapping):
        raise ConfigError(where, "its options must be a mapping of names to (description, type, default)")
    options: dict[str, Option] = {}
    for name, fields in declaration.items():
        if not isinstance(fields, tuple) or not 3 <= len(fields) <= len(Option._fields) or not callable(fields[1]):
            raise ConfigError(where, f"its option {name!r} must be a tuple (description, type, default)")
        options[name] = fields if isinstance(fields, Option) else Option(*fields)
    return {**options, **{name: option for name, option in (common or {}).items() if name not in options}}


class OptionValues(Mapping[str, Any]):
    """The values of one handler's options: a mapping that can also be called with a name.

    What was not set has its default. `replace` changes all at once and holds from the next read on.
    """

    __slots__ = ("_values", "declared")

    def __init__(self, declared: Mapping[str, Option], given: Mapping[str, Any]) -> None:
        """`given` must be converted already (`Option.convert`); a name that is not declared is a `KeyError`."""
        self.declared = dict(declared)
        self._values: dict[str, Any] = {}
        self.replace(given)

    def replace(self, given: Mapping[str, Any]) -> None:
        """Sets every option anew: to its value in `given`, or else to its default."""
        for name in given:
            self.declared[name]
        self._values = {name: given.get(name, option.default) for name, option in self.declared.items()}

    def __call__(self, name: str) -> Any:
        return self._values[name]

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"OptionValues({self._values!r})"

    def summary(self) -> str:
        """All values as ``sleep=2.0 before=True``, for banners and logs."""
        return " ".join(
            f"{name}={shown(value)}" for name, value in self._values.items() if value is not None and shown(value)
        )
