"""Layers: which handlers a proxy has, from all sections that speak of them."""

from __future__ import annotations

from collections import ChainMap

from vaurien.behavior import Behavior, Share
from vaurien.errors import ConfigError
from vaurien.given import check_names, converted, value
from vaurien.handlers import HANDLERS
from vaurien.ini import Given, Sections
from vaurien.options import declared
from vaurien.registry import name_of
from vaurien.settings import HandlerSettings


def handlers(
    proxy: str, given: Given | None, ini: Sections, command_line: Sections
) -> tuple[Behavior, dict[str, HandlerSettings]]:
    """The behavior, and the handlers that it or any section names."""
    layers = _Layers(proxy, ini, command_line)
    behavior = Behavior()
    if given is not None:
        behavior = converted(lambda text: Behavior.parse(text, [*HANDLERS.names(), *layers.names()]), given)
    handlers: dict[str, HandlerSettings] = {}
    shares = []
    for share in behavior.shares:
        assert given is not None
        handler = layers.load(share.name, given.where)
        if handler.name in handlers:
            raise ConfigError(given.where, f"two handlers are called {handler.name!r}")
        handlers[handler.name] = handler
        shares.append(Share(share.weight, handler.name))
    for name in layers.names():
        if name not in handlers and name not in (share.name for share in behavior.shares):
            handlers[name] = layers.load(name, layers.place(name))
    return Behavior(tuple(shares)), handlers


class _Layers:
    """The sections about handlers that hold for one proxy, the strongest first."""

    def __init__(self, proxy: str, ini: Sections, command_line: Sections) -> None:
        own = f"proxy:{proxy}:"
        self.layers = [
            {
                section.removeprefix("handler:"): options
                for section, options in sections.items()
                if section.startswith("handler:")
            }
            for sections in (
                command_line,
                {section.removeprefix(own): options for section, options in ini.items() if section.startswith(own)},
                ini,
            )
        ]

    def names(self) -> list[str]:
        return sorted({name for layer in self.layers for name in layer})

    def values(self, *names: str) -> dict[str, Given]:
        """What is given for the handler that is known by any of `names`."""
        return dict(ChainMap(*(layer[name] for layer in self.layers for name in names if name in layer)))

    def place(self, name: str) -> str:
        """Where the handler is spoken of, for an error."""
        for layer in self.layers:
            for given in layer.get(name, {}).values():
                where = given.where
                return where.rpartition(" ")[0] if "] " in where else where
        return f"[handler:{name}]"

    def load(self, name: str, where: str) -> HandlerSettings:
        """The handler that is called `name` in a behavior or a section, with its options converted."""
        values = self.values(name)
        path = values.pop("callable", None)
        if path is not None:
            target = HANDLERS.find(path.text.strip(), path.where)
            label = name
        else:
            target = HANDLERS.find(name, where, self.names())
            label = name_of(target, name) if "." in name else name
            values = self.values(*dict.fromkeys((label, name)))
            values.pop("callable", None)
        options = declared(target, f"handler {label}")
        check_names(values, options)
        return HandlerSettings(
            label, target, options, {key: value(key, options[key], values) for key in options if key in values}
        )
