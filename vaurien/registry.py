"""Registry: finding what a user names, be it built in, installed by another package, or a dotted path."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from operator import attrgetter
from typing import Any

from vaurien.errors import ConfigError
from vaurien.options import Option, declared


def nearest(name: str, known: Iterable[str]) -> str:
    """What to say of an unknown `name`: the one it was probably meant to be, and all that are known."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, 1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    return f"{guess}choose from {', '.join(known)}"


class Registry:
    """The classes of one kind (``handler``) by name, and the way to those that are named by a dotted path. `word` is
    the kind as errors say it."""

    def __init__(
        self,
        kind: str,
        built_in: Mapping[str, Any],
        group: str,
        common: Mapping[str, Option],
        key: str = "callable",
        implied: Mapping[str, Any] | None = None,
    ) -> None:
        """`group` is the entry-point group in which other packages announce theirs. Every class of this kind has the
        options `common`, unless it declares them itself. By `key` a section says which class it means; an
        option of `implied` says so, too."""
        self.kind = kind
        self.word = kind.replace("_", " ")
        self.group = group
        self.common = common
        self.key = key
        self.implied = dict(implied or {})
        self.built_in = dict(built_in)
        self._installed: dict[str, EntryPoint] | None = None

    def names(self) -> list[str]:
        """All names that can be used without a dotted path, sorted."""
        return sorted({*self.built_in, *self.installed()})

    def installed(self) -> dict[str, EntryPoint]:
        """What other packages announce, not loaded yet."""
        if self._installed is None:
            self._installed = {point.name: point for point in announced().select(group=self.group)}
        return self._installed

    def find(self, name: str, where: str, others: Iterable[str] = ()) -> Any:
        """The class or function behind `name`. Raises `ConfigError` that names `where` and what is known.

        `others` are names that the place knows besides (those of an INI's sections), for the error.
        """
        if name in self.built_in:
            return self.built_in[name]
        if name in self.installed():
            point = self.installed()[name]
            return self._loaded(point.module, point.attr, where)
        if "." in name:
            module, _, attribute = name.rpartition(".")
            if not module or not attribute:
                raise ConfigError(where, f"{name!r} is no dotted path to a {self.word}: write module.Class")
            return self._loaded(module, attribute, where)
        raise ConfigError(where, f"unknown {self.word} {name!r}; {nearest(name, {*self.names(), *others})}")

    def options(self, target: Any, where: str) -> dict[str, Option]:
        """The options of a class or function of this kind. Raises `ConfigError` if it does not declare them well."""
        return declared(target, where, self.common)

    def _loaded(self, module_name: str, attributes: str, where: str) -> Any:
        """What is called `attributes` (with dots, where it is inside a class) in a module, which is imported."""
        path = f"{module_name}.{attributes}"
        try:
            target: Any = importlib.import_module(module_name)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # a module may do anything, even end the program
            raise ConfigError(where, f"cannot load {path!r}: {in_a_line(exc)}") from exc
        try:
            target = attrgetter(attributes)(target)
        except AttributeError as exc:
            raise ConfigError(where, f"cannot load {path!r}: module {module_name!r} has no {attributes!r}") from exc
        if not callable(target):
            raise ConfigError(where, f"{path!r} is no class or function, so it cannot be a {self.word}")
        return target


@cache
def announced() -> Any:
    """All entry points, of which one can `select` a group. To read them takes a look at each installed package."""
    return entry_points()


def in_a_line(exc: BaseException) -> str:
    """An exception's type and words, in one line."""
    return " ".join(f"{type(exc).__name__}: {exc}".split()).rstrip(":")


def name_of(target: Any, fallback: str) -> str:
    """The name under which a class or function is known: its `name`, or else `fallback`."""
    name = getattr(target, "name", None)
    return name if isinstance(name, str) and name else fallback


def make(target: Any, settings: Any, proxy: Any) -> Any:
    """An instance of `target`: a class is called with `settings` and `proxy`, a function serves as it is.

    A class that has no constructor of its own is made without arguments. `settings` is left on the instance as
    `options` if the class did not do so itself.
    """
    if not isinstance(target, type):
        return target
    instance = target() if target.__init__ is object.__init__ else target(settings, proxy)  # type: ignore[misc]
    if getattr(instance, "options", None) is not settings:
        try:
            instance.options = settings
        except AttributeError:
            pass  # slots, or a property: the class has its own way
    return instance
