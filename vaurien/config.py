"""Config: from what was given, on the command line and in INI files, to settings that are checked and complete.

The command line is one more set of sections: what it gives wins over the INI, and that over the defaults.
"""

from __future__ import annotations

from collections import ChainMap

from vaurien import protocol_sections, sections, session_roles
from vaurien.address import Address, address
from vaurien.errors import ConfigError
from vaurien.fitting import check_fitting
from vaurien.given import Values, check_names, converted, place, value
from vaurien.http_settings import http_settings
from vaurien.ini import Given, Sections
from vaurien.layers import Layers, Roles, own_names
from vaurien.logs import FORMATS, LEVELS
from vaurien.offer import offered
from vaurien.options import Option, header_name, words
from vaurien.protocols import PROTOCOLS
from vaurien.settings import DaemonSettings, HttpSettings, ProxySettings
from vaurien.statsd_settings import statsd_settings
from vaurien.tls_settings import TLS_OPTIONS, tls_settings

PROXY_OPTIONS: dict[str, Option] = {
    "local": Option("Where it listens; port 0 is any that is free", address, Address("localhost", 8000)),
    "distant": Option("Where it sends", address, None),
    "behavior": Option("The share of each handler in percent: 20:delay,5:error", str, "100:dummy"),
    "session_behavior": Option("The share of each session handler in percent: 10:refuse,5:silent", str, ""),
    "hooks": Option("Who is told of calls and sessions, and may change them: viewer,path.to.Hook", words, ()),
    "protocol": Option("What a call is: a readable moment in tcp, in others a request or a reply", str, "tcp"),
    "timeout": Option("How long the backend may take to connect", float, 10.0, minimum=0.001, unit="seconds"),
    "max_sessions": Option("So many sessions at once, further clients wait; 0 for no limit", int, 0, minimum=0),
    "enabled": Option("Whether it listens; if not, it waits to be enabled", bool, True),
    "command_metrics": Option("Whether calls are counted by command (GET, SELECT…) too", bool, False),
    "caller_header": Option("The header in which a request may name its handler itself; http only", header_name, ""),
    "max_active": Option("So many requests at once may have named their handlers themselves", int, 10, minimum=0),
    **TLS_OPTIONS,
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


def build(ini: Sections, command_line: Sections) -> DaemonSettings:
    """The settings that both together ask for. Raises `ConfigError` for the first thing that is wrong."""
    ini, command_line = sections.modern(ini), sections.modern(command_line)
    sections.check(ini)
    daemon = ChainMap(dict(command_line.get("vaurien", {})), dict(ini.get("vaurien", {})))
    check_names(daemon, {*PROXY_OPTIONS, *DAEMON_OPTIONS})
    http = http_settings(ini, command_line)
    proxies: dict[str, ProxySettings] = {}
    for name, own in sections.proxies(ini, command_line, needed=http is None).items():
        for option in DAEMON_OPTIONS:
            if option in own:
                raise ConfigError(own[option].where, "belongs into [vaurien]: it is the whole daemon's")
        check_names(own, PROXY_OPTIONS)
        _check_ends(name, own, http is None)
        proxies[name] = _proxy(name, own, ini, command_line)
        check_fitting(proxies[name])
    _check_distinct(proxies, http)
    there = offered(ini, command_line, proxies)
    return DaemonSettings(
        proxies=proxies,
        http=http,
        statsd=statsd_settings(ini, command_line),
        handlers=there.handlers,
        session_handlers=there.session_handlers,
        hooks=there.hooks,
        toxics=there.toxics,
        protocols=protocol_sections.loaded(proxies.values(), Layers(PROTOCOLS, "", ini, command_line)),
        template=_template(proxies, ini, command_line),
        places={name: given.where for name, given in daemon.items()},
        **{name: value(name, option, daemon) for name, option in DAEMON_OPTIONS.items()},
    )


def _check_distinct(proxies: dict[str, ProxySettings], http: HttpSettings | None) -> None:
    """Raises `ConfigError` if two proxies, or one and the control API, are to listen on the same address."""
    taken: dict[Address, str] = {}
    for name, proxy in proxies.items():
        other = taken.setdefault(proxy.local, name)
        if other != name and (proxy.local.port or proxy.local.path):
            raise ConfigError(proxy.places.get("local", name), f"proxy {other} listens on {proxy.local} already")
    if http is not None and http.address in taken and (http.address.port or http.address.path):
        raise ConfigError(http.place, f"proxy {taken[http.address]} listens on {http.address} already")


def _check_ends(name: str, own: Values, alone: bool) -> None:
    """Raises `ConfigError` if the proxy does not say where it listens or sends. `alone` is a daemon that cannot be
    told of proxies later."""
    for end in ("distant", "local"):
        if end in own or (end == "local" and name == sections.DEFAULT_PROXY):
            continue
        where = "" if name == sections.DEFAULT_PROXY else place(f"proxy:{name}", own)
        problem = f"{end} is missing: say where the proxy {_ENDS[end]}, as --{end} HOST:PORT or in the INI"
        if not alone and name == sections.DEFAULT_PROXY:
            where, problem = own["local"].where, f"{problem}; without a local too, there are no proxies at first"
        raise ConfigError(where, problem)


_ENDS = {"distant": "sends", "local": "listens"}


def _template(proxies: dict[str, ProxySettings], ini: Sections, command_line: Sections) -> ProxySettings:
    """What all proxies have that say nothing else."""
    try:
        return _proxy("", {}, ini, command_line)
    except ConfigError:
        if not proxies:
            raise
        return ProxySettings("", Address(), Address())  # what only some proxies know is not for all


def _proxy(name: str, own: Values, ini: Sections, command_line: Sections) -> ProxySettings:
    flags, shared = command_line.get("vaurien", {}), ini.get("vaurien", {})
    values = {
        option: given
        for option, given in ChainMap(dict(flags), dict(own), dict(shared)).items()
        if option in PROXY_OPTIONS and option not in sections.ENDS
    }
    values.update({option: own[option] for option in sections.ENDS if option in own})
    distant = Address()
    if "distant" in values:
        distant = converted(address, values["distant"])
        check_distant(distant, values["distant"].where, values["distant"].text)
    roles = Roles(name, ini, command_line)
    behavior, handlers = roles.handlers(values.get("behavior"))
    session_behavior, session_handlers = session_roles.session_handlers(
        roles.of_session_handlers, values.get("session_behavior")
    )
    roles.check(own_names((ini, command_line)))
    hooks = {hook.name: hook for given in _hook_lists(own, flags, shared) for hook in roles.hooks(given)}
    spoken = protocol_sections.spoken(values.get("protocol"), Layers(PROTOCOLS, name, ini, command_line))
    return ProxySettings(
        name=name,
        local=value("local", PROXY_OPTIONS["local"], values),
        distant=distant,
        behavior=behavior,
        handlers=handlers,
        session_behavior=session_behavior,
        session_handlers=session_handlers,
        hooks=tuple(hooks.values()),
        toxics=roles.toxics(),
        protocol=spoken,
        timeout=value("timeout", PROXY_OPTIONS["timeout"], values),
        places={option: given.where for option, given in values.items()},
        max_sessions=value("max_sessions", PROXY_OPTIONS["max_sessions"], values),
        enabled=value("enabled", PROXY_OPTIONS["enabled"], values),
        command_metrics=value("command_metrics", PROXY_OPTIONS["command_metrics"], values),
        caller_header=value("caller_header", PROXY_OPTIONS["caller_header"], values),
        max_active=value("max_active", PROXY_OPTIONS["max_active"], values),
        tls=tls_settings(values, distant, () if spoken is None else spoken.target.alpn),
    )


def check_distant(distant: Address, where: str, text: str) -> None:
    """Raises `ConfigError` for an address to which nothing can be sent."""
    if not distant.path and not (distant.host and distant.port):
        raise ConfigError(where, f"{text!r} has no {'port' if distant.host else 'host'} to send to")


def _hook_lists(own: Values, flags: Values, shared: Values) -> list[Given | None]:
    """The hooks of all proxies, and then those of this one: unlike other options, a proxy's own add to the others."""
    return [flags.get("hooks") or shared.get("hooks"), own.get("hooks")]
