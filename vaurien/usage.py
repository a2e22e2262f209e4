"""Usage: what ``--help`` prints, with the options of every handler, hook and toxic that can be named."""

from __future__ import annotations

import re
from typing import Any

from vaurien.arguments import PREFIXES, Arguments, argument_parser, described
from vaurien.errors import ConfigError
from vaurien.ini import Sections
from vaurien.layers import LISTS
from vaurien.options import Option
from vaurien.registry import Registry, name_of
from vaurien.toxic_sections import TOXIC_OPTIONS
from vaurien.toxics import TOXICS


def help_text(given: Arguments, ini: Sections) -> str:
    """Every option, and those of each handler and hook in a group of its own.

    `ini` adds those of an INI file. What cannot be loaded is left out.
    """
    parser = argument_parser()
    for prefix, (registry, separator) in PREFIXES.items():
        if separator != ".":
            continue  # the old form is no news
        if registry is TOXICS:
            summary = "A toxic of any name, so that there can be several of one type."
            group = parser.add_argument_group("toxic NAME", summary)
            kind = Option("Its type, if that is not its name: one of those below, or a dotted path", str, None)
            group.add_argument(f"{prefix}NAME.{registry.key}", **described(kind))
        for label, target in _found(registry, given, ini).items():
            summary = (target.__doc__ or "").strip().partition("\n")[0]
            group = parser.add_argument_group(f"{registry.word} {label}", summary)
            besides = TOXIC_OPTIONS if registry is TOXICS else {}
            for option_name, option in {**registry.options(target, label), **besides}.items():
                group.add_argument(f"{prefix}{label}.{option_name}", **described(option))
    return parser.format_help()


def _found(registry: Registry, given: Arguments, ini: Sections) -> dict[str, Any]:
    """The classes by the names that they have here; the user's own come last and stand for those built in."""
    callables = {
        name: options[registry.key].text
        for section, options in (*ini.items(), *given.sections.items())
        if (name := _spoken_of(registry, section)) and registry.key in options
    }
    found = {}
    for name in _named(registry, given, ini):
        try:
            target = registry.find(callables.get(name, name).strip(), "")
            registry.options(target, name)
        except ConfigError:
            continue
        found[name if name in callables else name_of(target, name)] = target
    return found


def _spoken_of(registry: Registry, section: str) -> str:
    """The name in a section that is about one of this kind, for all proxies or for one; empty in others."""
    found = re.fullmatch(rf"(?:proxy:[^:]*:)?{registry.kind}:(.+)", section)
    return found[1] if found else ""


def _named(registry: Registry, given: Arguments, ini: Sections) -> list[str]:
    """All names that stand anywhere, each once."""
    names = registry.names()
    names += [_spoken_of(registry, section) for section in (*ini, *given.sections)]
    listed = next((option for option, named in LISTS.items() if named is registry), "")
    for options in (*ini.values(), *given.sections.values()):
        text = options.get(listed)
        names += [part.rpartition(":")[2] for part in re.split(r"[,\s]+", text.text)] if text else []
    return list(dict.fromkeys(filter(None, names)))
