"""Classic choice: what the dialect of old asks for with a name and options, in the words of the native API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from vaurien.behavior import Behavior
from vaurien.control.classic_request import Wrong
from vaurien.registry import nearest

NAME = "name"


def in_use(behavior: Behavior) -> str:
    """The name of the handler that gets every call; if there are several, their weights: ``20:delay,5:error``.

    `Choice` understands both, so that a tool which reads this and later sends it back restores what was.
    """
    weights = {share.name: share.weight for share in behavior.shares}
    weights["dummy"] = weights.get("dummy", 0) + behavior.rest()
    names = [name for name, weight in weights.items() if weight]
    return names[0] if len(names) == 1 and not behavior.scripts else str(behavior)


class Choice:
    """A name, or weights, and options for it. `asked` is the same for `Live.set_behavior`."""

    def __init__(self, body: Mapping[str, Any], known: Collection[str], scripts: Collection[str] = ()) -> None:
        """`known` are the handlers that can be chosen, `scripts` those without a weight. Raises `Wrong`, with the key
        that is at fault."""
        name = body.get(NAME)
        if not isinstance(name, str):
            problem = "is no text" if NAME in body else 'is missing: the value should contain a "name" key'
            raise Wrong(NAME, f"the name {problem}")
        self._keys: dict[str, str] = {}
        if not {":", ","} & set(name) and name not in known:
            raise Wrong(NAME, f"the {name!r} behavior does not exist; {nearest(name, known)}")
        behavior = parsed(name if ":" in name or name in scripts else f"100:{name}", known, scripts)
        names = list(behavior.names)
        handlers: dict[str, dict[str, Any]] = {}
        for key, value in body.items():
            if key != NAME:
                handler, option = self._place(key, names)
                handlers.setdefault(handler, {})[option] = value
                self._keys[f"handlers.{handler}.{option}"] = key
        self.asked = {"behavior": str(behavior), "handlers": handlers}

    @staticmethod
    def _place(key: str, names: list[str]) -> tuple[str, str]:
        """Whose option a key is."""
        handler, dot, option = key.rpartition(".")
        if dot and handler in names:
            return handler, option
        if len(names) == 1:
            return names[0], key
        choice = ", ".join(f"{name}.{key}" for name in names)
        raise Wrong(key, f"the behavior has several handlers: say whose option it is, as {choice}")

    def key_of(self, where: str) -> str:
        """The key of the body from which the value at `where` comes."""
        return self._keys.get(where, NAME)


def parsed(text: str, known: Collection[str], scripts: Collection[str]) -> Behavior:
    """The behavior that `text` describes. Raises `Wrong` if it is none."""
    try:
        return Behavior.parse(text, sorted(known), scripts)
    except ValueError as exc:
        raise Wrong(NAME, str(exc)) from exc
