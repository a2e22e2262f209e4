"""Usage: what ``--help`` prints, with the options of every handler and hook that can be named."""

from __future__ import annotations

import re

from vaurien.arguments import PREFIXES, Arguments, argument_parser, described
from vaurien.errors import ConfigError
from vaurien.ini import Sections
from vaurien.layers import CALLABLE
from vaurien.registry import Registry, name_of


def help_text(given: Arguments, ini: Sections) -> str:
    """Every option, and those of each handler and hook in a group of its own.

    `ini` adds those of an INI file. What cannot be loaded is left out.
    """
    parser = argument_parser()
    for prefix, (registry, separator) in PREFIXES.items():
        if separator != ".":
            continue  # the old form is no news
        for name in _named(registry, given, ini):
            path = ini.get(f"{registry.kind}:{name}", {}).get(CALLABLE)
            try:
                target = registry.find(path.text if path else name, "")
                options = registry.options(target, name)
            except ConfigError:
                continue
            label = name if path else name_of(target, name)
            summary = (target.__doc__ or "").strip().partition("\n")[0]
            group = parser.add_argument_group(f"{registry.kind} {label}", summary.replace("%", "%%"))
            for option_name, option in options.items():
                group.add_argument(f"{prefix}{label}.{option_name}", **described(option))
    return parser.format_help()


def _named(registry: Registry, given: Arguments, ini: Sections) -> list[str]:
    """All names that stand anywhere, each once."""
    names = registry.names()
    for section in (*ini, *given.sections):
        kind, _, name = section.partition(":")
        if kind == registry.kind:
            names.append(name)
    listed = "behavior" if registry.kind == "handler" else "hooks"
    for sections in (ini, given.sections):
        text = sections.get("vaurien", {}).get(listed)
        names += [part.rpartition(":")[2] for part in re.split(r"[,\s]+", text.text)] if text else []
    return list(dict.fromkeys(filter(None, names)))
