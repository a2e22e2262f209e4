"""Scope: where hooks are registered: for all proxies, for one proxy, for one handler class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload
from weakref import WeakMethod

from vaurien.errors import ConfigError
from vaurien.hooks.base import DEFAULT_PRIORITY
from vaurien.hooks.chain import Entry
from vaurien.hooks.points import OF_HANDLERS

F = TypeVar("F", bound=Callable[..., Any])


class Scope:
    """The hooks of one scope in order of registration. Who depends on it is told of every change, at once."""

    def __init__(self) -> None:
        self.entries: tuple[Entry, ...] = ()
        self._watching: list[WeakMethod[Callable[[], None]]] = []

    def add(self, hook: Any) -> Any:
        """Registers a hook object, and returns it. Holds from the next call on. Raises `ConfigError` for one that
        is no hook."""
        self._change((*self.entries, Entry.of(hook)))
        return hook

    def remove(self, hook: Any) -> None:
        """Takes back what `add` or `on` registered. Raises `ConfigError` if it is not here."""
        left = tuple(entry for entry in self.entries if entry.hook != hook)
        if len(left) == len(self.entries):
            raise ConfigError(f"hook {hook!r}", "is not registered here")
        self._change(left)

    @overload
    def on(self, point: str, function: F, *, priority: float = ...) -> F: ...
    @overload
    def on(self, point: str, function: None = ..., *, priority: float = ...) -> Callable[[F], F]: ...
    def on(self, point: str, function: F | None = None, *, priority: float = DEFAULT_PRIORITY) -> F | Callable[[F], F]:
        """Registers a function that listens at `point`, as a call or as a decorator; returns the function."""

        def register(function: F) -> F:
            self._change((*self.entries, Entry.listening(point, function, priority)))
            return function

        return register if function is None else register(function)

    def watch(self, changed: Callable[[], None]) -> None:
        """Calls the method `changed` after every change, for as long as its object lives."""
        self._watching = [reference for reference in self._watching if reference() is not None]
        self._watching.append(WeakMethod(changed))

    def unwatch(self, changed: Callable[[], None]) -> None:
        """Undoes `watch`."""
        self._watching = [reference for reference in self._watching if reference() not in (None, changed)]

    def _change(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        for reference in self._watching:
            changed = reference()
            if changed is not None:
                changed()


GLOBAL = Scope()
"""The hooks of all proxies of this process."""


def declared_by(handler: Any) -> list[Entry]:
    """The entries of the `hooks` lists that a handler class and its bases declare, those of the bases first; or of
    the list that a function has."""
    kind = handler if isinstance(handler, type) else type(handler)
    classes = [*reversed(kind.__mro__), *([] if kind is handler else [handler])]
    found: dict[int, Any] = {}
    for declaring in classes:
        for hook in getattr(declaring, "__dict__", {}).get("hooks", ()):
            found.setdefault(id(hook), hook)
    entries = [Entry.of(hook) for hook in found.values()]
    for entry in entries:
        if not set(entry.points) & set(OF_HANDLERS):
            points = ", ".join(OF_HANDLERS)
            raise ConfigError(f"hook {entry.name}", f"has none of {points}: it belongs to a proxy, not to a handler")
    return entries
