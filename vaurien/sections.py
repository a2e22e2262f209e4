"""Sections: which an INI may have, by which names, and which of them describe proxies."""

from __future__ import annotations

import difflib
from collections import ChainMap
from collections.abc import Mapping

from vaurien import http_settings, statsd_settings
from vaurien.errors import ConfigError
from vaurien.given import Values, place
from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.ini import Section, Sections
from vaurien.naming import check_name
from vaurien.protocols import PROTOCOLS
from vaurien.session_handlers import SESSION_HANDLERS
from vaurien.toxics import TOXICS

KINDS = {registry.kind: registry for registry in (HANDLERS, SESSION_HANDLERS, HOOKS, TOXICS)}
"""What a section can be about, besides proxies, of all proxies or of one."""

OF_ALL = {**KINDS, PROTOCOLS.kind: PROTOCOLS}
"""What a section can be about that is no proxy's own."""

NAMES = {settings.SECTION: settings.NAMES for settings in (http_settings, statsd_settings)}
"""Sections whose options ``[vaurien]`` and the command line have too, by other names."""

OF_THE_DAEMON = ("vaurien", *NAMES)
"""Sections that are about the daemon as a whole."""

SYNONYMS = {"proxy": "local", "backend": "distant"}
"""Names of options that the Vaurien of old had."""

DEFAULT_PROXY = "default"
"""The name of the proxy that ``[vaurien]`` or the command line describe themselves."""

ENDS = ("local", "distant")


def modern(sections: Sections) -> Sections:
    """The sections with today's names for the options of old, each where it belongs.

    Raises `ConfigError` where both are given.
    """
    renamed: dict[str, Section] = {}
    for section, options in sections.items():
        renamed[section] = Section(place(section, options), options)
        if section == "vaurien" or of_proxy(section):
            for old, new in SYNONYMS.items():
                given = renamed[section].pop(old, None)
                if given and new in options:
                    raise ConfigError(given.where, f"means the same as {options[new].where}: give one of them")
                if given:
                    renamed[section][new] = given
    for section, names in NAMES.items():
        _move(renamed, section, names)
    return renamed


def _move(sections: dict[str, Section], section: str, names: Mapping[str, str]) -> None:
    """Moves what ``[vaurien]`` says by these names into the section. Raises `ConfigError` where both say it."""
    shared = sections.get("vaurien", Section(""))
    for old, new in names.items():
        given = shared.pop(old, None)
        if given is None:
            continue
        options = sections.setdefault(section, Section(shared.where))
        if new in options:
            raise ConfigError(given.where, f"means the same as {options[new].where}: give one of them")
        options[new] = given


def of_proxy(section: str) -> bool:
    """Whether this is ``proxy:NAME``, the section of a proxy itself."""
    return section.startswith("proxy:") and section.count(":") == 1


def check(ini: Sections) -> None:
    """Raises `ConfigError` for a section that there cannot be; it names the one that was probably meant."""
    for section, options in ini.items():
        where = place(section, options)
        kind, _, rest = section.partition(":")
        if section in OF_THE_DAEMON or (kind in OF_ALL and rest):
            continue
        if kind == "proxy" and rest:
            name, _, own = rest.partition(":")
            own_kind, _, own_name = own.partition(":")
            if not own:
                check_name(name, where)
                continue
            if own_kind in KINDS and own_name:
                if f"proxy:{name}" in ini or name == DEFAULT_PROXY:
                    continue
                raise ConfigError(where, f"there is no section [proxy:{name}]")
        raise ConfigError(where, f"unknown section; {_guess(section)}{_forms()}")


def _forms() -> str:
    kinds = ", ".join(f"{start}{kind}:NAME" for kind in KINDS for start in ("", "proxy:NAME:"))
    return f"choose from {', '.join(OF_THE_DAEMON)}, proxy:NAME, {kinds}, {PROTOCOLS.kind}:NAME"


def _guess(section: str) -> str:
    kind, _, rest = section.partition(":")
    likely = [*OF_THE_DAEMON, *(f"{known}:{rest}" for known in ("proxy", *OF_ALL) if rest)]
    for known, registry in OF_ALL.items():
        if kind in registry.names():
            return f"did you mean '{known}:{kind}'? "
        likely += [f"{known}:{name}" for name in registry.names()]
    close = difflib.get_close_matches(section.lower(), likely, 1)
    return f"did you mean {close[0]!r}? " if close else ""


def proxies(ini: Sections, command_line: Sections, needed: bool = True) -> dict[str, Values]:
    """What each proxy has of its own: sections of the INI, and the proxy that is described outside of any.

    That one is there if it is only half described, too; and if it is not at all, where a proxy is `needed`.
    """
    named: dict[str, Values] = {
        section.removeprefix("proxy:"): options for section, options in ini.items() if of_proxy(section)
    }
    shared = ini.get("vaurien", {})
    flags = {name: given for name, given in command_line.get("vaurien", {}).items() if name in ENDS}
    ends = {name: given for name, given in shared.items() if name in ENDS}
    if named and "distant" not in shared:
        if flags and len(named) > 1:
            given = next(iter(flags.values()))
            raise ConfigError(given.where, f"the configuration has several proxies: {', '.join(sorted(named))}")
        if ends:
            raise ConfigError(ends["local"].where, "needs a distant beside it, or belongs into a [proxy:NAME]")
        return {name: _over(flags, options) for name, options in named.items()}
    if not (needed or flags or ends):
        return {}
    if DEFAULT_PROXY in named:
        raise ConfigError(place(f"proxy:{DEFAULT_PROXY}", named[DEFAULT_PROXY]), "[vaurien] has a proxy of that name")
    return {DEFAULT_PROXY: ChainMap(flags, ends), **named}


def _over(flags: Values, options: Values) -> Section:
    return Section(place("", options), {**options, **flags})
