"""Config: from what was given, on the command line and in INI files, to settings that are checked and complete.

The command line is one more set of sections: what it gives wins over the INI, and that over the defaults.
"""

from __future__ import annotations

from collections import ChainMap

from vaurien.address import Address, address
from vaurien.errors import ConfigError
from vaurien.given import Values, check_names, converted, place, value
from vaurien.ini import Given, Sections
from vaurien.layers import Roles
from vaurien.logs import FORMATS, LEVELS
from vaurien.options import Option, words
from vaurien.registry import nearest
from vaurien.settings import DaemonSettings, ProxySettings

PROXY_OPTIONS: dict[str, Option] = {
    "local": Option("Where it listens: HOST:PORT, [IPV6]:PORT or unix:/PATH", address, Address("localhost", 8000)),
    "distant": Option("Where it sends: HOST:PORT, [IPV6]:PORT or unix:/PATH", address, None),
    "behavior": Option("The share of each handler in percent: 20:delay,5:error", str, "100:dummy"),
    "hooks": Option("Who is told of calls and sessions, and may change them: viewer,path.to.Hook", words, ()),
    "timeout": Option("How long the backend may take to connect", float, 10.0, minimum=0.001, unit="seconds"),
    "max_sessions": Option("So many sessions at once, further clients wait; 0 for no limit", int, 0, minimum=0),
}  # fmt: skip
"""What ``[proxy:NAME]`` takes, and ``[vaurien]`` for all proxies."""

DAEMON_OPTIONS: dict[str, Option] = {
    "seed": Option("The seed of all chance; one is drawn and printed where none is given", int, None, minimum=0),
    "shutdown_timeout": Option("How long sessions may go on at the end", float, 5.0, minimum=0, unit="seconds"),
    "log_level": Option("The least important log line that is written", str, "info", choices=LEVELS),
    "log_output": Option("The file that the log is appended to, or - for standard error", str, "-"),
    "log_format": Option("What a log line looks like", str, "text", choices=FORMATS),
}  # fmt: skip
"""What only ``[vaurien]`` takes."""

SYNONYMS = {"proxy": "local", "backend": "distant"}
"""Names that the Vaurien of old had."""

KINDS = ("handler", "hook")
"""What a section can be about, besides proxies."""

DEFAULT_PROXY = "default"
"""The name of the proxy that ``[vaurien]`` or the command line describe themselves."""


def build(ini: Sections, command_line: Sections) -> DaemonSettings:
    """The settings that both together ask for. Raises `ConfigError` for the first thing that is wrong."""
    ini, command_line = _modern(ini), _modern(command_line)
    _check_sections(ini)
    daemon = ChainMap(command_line.get("vaurien", {}), ini.get("vaurien", {}))
    check_names(daemon, {*PROXY_OPTIONS, *DAEMON_OPTIONS})
    proxies = {}
    for name, own in _proxies(ini, command_line).items():
        check_names(own, PROXY_OPTIONS)
        proxies[name] = _proxy(name, own, ini, command_line)
    return DaemonSettings(
        proxies=proxies, **{name: value(name, option, daemon) for name, option in DAEMON_OPTIONS.items()}
    )


def _modern(sections: Sections) -> Sections:
    modern: Sections = {}
    for section, options in sections.items():
        modern[section] = dict(options)
        if section == "vaurien" or (section.count(":") == 1 and section.startswith("proxy:")):
            for old, new in SYNONYMS.items():
                given = modern[section].pop(old, None)
                if given and new in options:
                    raise ConfigError(given.where, f"means the same as {options[new].where}: give one of them")
                if given:
                    modern[section][new] = given
    return modern


def _check_sections(ini: Sections) -> None:
    for section, options in ini.items():
        where = place(section, options)
        kind, _, rest = section.partition(":")
        if section == "vaurien" or (kind in KINDS and rest):
            continue
        if kind == "proxy" and rest:
            name, _, own = rest.partition(":")
            own_kind, _, own_name = own.partition(":")
            if not own:
                continue
            if own_kind in KINDS and own_name:
                if f"proxy:{name}" in ini or name == DEFAULT_PROXY:
                    continue
                raise ConfigError(where, f"there is no section [proxy:{name}]")
        forms = ("vaurien", "proxy:NAME", *(f"{start}{kind}:NAME" for kind in KINDS for start in ("", "proxy:NAME:")))
        raise ConfigError(where, f"unknown section; {nearest(section, forms)}")


def _proxies(ini: Sections, command_line: Sections) -> dict[str, Values]:
    """What each proxy has of its own: sections of the INI, and the proxy that is described outside of any."""
    named: dict[str, Values] = {
        section.removeprefix("proxy:"): options
        for section, options in ini.items()
        if section.startswith("proxy:") and section.count(":") == 1
    }
    shared = ini.get("vaurien", {})
    flags = {name: given for name, given in command_line.get("vaurien", {}).items() if name in ("local", "distant")}
    ends = {name: given for name, given in shared.items() if name in ("local", "distant")}
    if named and "distant" not in shared:
        if flags and len(named) > 1:
            given = next(iter(flags.values()))
            raise ConfigError(given.where, f"the configuration has several proxies: {', '.join(sorted(named))}")
        if ends:
            raise ConfigError(ends["local"].where, "needs a distant beside it, or belongs into a [proxy:NAME]")
        return {name: ChainMap(flags, dict(options)) for name, options in named.items()}
    if DEFAULT_PROXY in named:
        raise ConfigError(place(f"proxy:{DEFAULT_PROXY}", named[DEFAULT_PROXY]), "[vaurien] has a proxy of that name")
    return {DEFAULT_PROXY: ChainMap(flags, ends), **named}


def _proxy(name: str, own: Values, ini: Sections, command_line: Sections) -> ProxySettings:
    flags, shared = command_line.get("vaurien", {}), ini.get("vaurien", {})
    values = {
        option: given
        for option, given in ChainMap(dict(flags), dict(own), dict(shared)).items()
        if option in PROXY_OPTIONS and (option not in ("local", "distant") or option in own)
    }
    for end in ("distant", "local"):
        if end not in values and (end == "distant" or name != DEFAULT_PROXY):
            where = "" if name == DEFAULT_PROXY else place(f"proxy:{name}", own)
            raise ConfigError(
                where, f"{end} is missing: say where the proxy {_ENDS[end]}, as --{end} HOST:PORT or in the INI"
            )
    distant: Address = converted(address, values["distant"])
    if not distant.path and not (distant.host and distant.port):
        raise ConfigError(
            values["distant"].where,
            f"{values['distant'].text!r} has no {'port' if distant.host else 'host'} to send to",
        )
    roles = Roles(name, ini, command_line)
    roles.check()
    behavior, handlers = roles.handlers(values.get("behavior"))
    hooks = {hook.name: hook for given in _hook_lists(own, flags, shared) for hook in roles.hooks(given)}
    return ProxySettings(
        name=name,
        local=value("local", PROXY_OPTIONS["local"], values),
        distant=distant,
        behavior=behavior,
        handlers=handlers,
        hooks=tuple(hooks.values()),
        timeout=value("timeout", PROXY_OPTIONS["timeout"], values),
        max_sessions=value("max_sessions", PROXY_OPTIONS["max_sessions"], values),
    )


def _hook_lists(own: Values, flags: Values, shared: Values) -> list[Given | None]:
    """The hooks of all proxies, and then those of this one: unlike other options, a proxy's own add to the others."""
    return [flags.get("hooks") or shared.get("hooks"), own.get("hooks")]


_ENDS = {"distant": "sends", "local": "listens"}
