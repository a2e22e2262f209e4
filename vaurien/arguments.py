"""Arguments: the command line, read into the same sections that an INI file has."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from vaurien import toxiproxy_arguments
from vaurien.config import DAEMON_OPTIONS, PROXY_OPTIONS
from vaurien.errors import ConfigError
from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.http_settings import HTTP_OPTIONS
from vaurien.http_settings import NAMES as HTTP_NAMES
from vaurien.ini import Given, Section, Sections
from vaurien.options import Option, shown
from vaurien.sections import SYNONYMS
from vaurien.session_handlers import SESSION_HANDLERS
from vaurien.statsd_settings import NAMES as STATSD_NAMES
from vaurien.statsd_settings import STATSD_OPTIONS
from vaurien.toxics import TOXICS

PREFIXES = {
    "--handlers.": (HANDLERS, "."),
    "--session-handlers.": (SESSION_HANDLERS, "."),
    "--hooks.": (HOOKS, "."),
    "--toxics.": (TOXICS, "."),
    "--behavior-": (HANDLERS, "-"),
}
"""How a flag begins that sets an option of a handler, session handler, hook or toxic, and what stands before the
option's name. The last is the form of the Vaurien of old."""
HTTP = {name: HTTP_OPTIONS[option] for name, option in HTTP_NAMES.items()}
"""What the command line says of the control API, by the names that its flags have."""
STATSD = {name: STATSD_OPTIONS[option] for name, option in STATSD_NAMES.items()}
"""What it says of statsd."""
OPTIONS = {**PROXY_OPTIONS, **DAEMON_OPTIONS, **HTTP, **STATSD}
BARE = object()
"""Stands for the value of a flag that was given without one."""
SWITCHES = {"http": "start the control API"} | dict.fromkeys(
    ("tls_self_signed", "tls_implicit", "distant_tls", "distant_tls_implicit"), ""
)
"""Options of which the flag alone means true, and what the help says of them instead of their description."""
GROUPS = {"proxy": PROXY_OPTIONS, "daemon": DAEMON_OPTIONS, "control API": HTTP, "statsd": STATSD}


@dataclass
class Arguments:
    """What the command line says: `sections` as an INI would have them, and what is to be done. `toxiproxy`: it takes
    the place of a Toxiproxy, and `proxies` is the JSON file with that one's proxies."""

    config: str | None = None
    toxiproxy: bool = False
    proxies: str | None = None
    check_config: bool = False
    demo: bool = False
    version: bool = False
    help: bool = False
    sections: Sections = field(default_factory=dict)


class _Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are `ConfigError`, for one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        flag, _, problem = message.removeprefix("argument ").partition(": ")
        raise ConfigError(
            flag, f"{problem.replace('expected one argument', 'needs a value')}; vaurien --help lists all"
        )


def parse(argv: Sequence[str]) -> Arguments:
    """Reads the command line. Raises `ConfigError`; values are checked later, by `vaurien.config.build`."""
    proxies: str | None = None
    typed: dict[str, str] = {}
    toxiproxy = toxiproxy_arguments.asked_for(argv)
    if toxiproxy:
        argv, proxies, typed = toxiproxy_arguments.translated(argv)
    sections: dict[str, Section]
    sections, rest = _take_options(list(argv))
    parser = argument_parser()
    known, unknown = parser.parse_known_args(_joined(rest))
    if unknown:
        raise _refusal(unknown[0].partition("=")[0], _flags(parser))
    values = {**vars(known), "toxiproxy": toxiproxy, "proxies": proxies}
    for name in [*OPTIONS, *SYNONYMS]:
        text = values.pop(name)
        if text is not None:
            flag = _flag(name)
            given = Given("", flag, bare=True) if text is BARE else Given(text, typed.get(flag, flag))
            sections.setdefault("vaurien", Section("the command line"))[name] = given
    hooks = values.pop("hook")
    if hooks:
        if "hooks" in sections.get("vaurien", {}):
            hooks.insert(0, sections["vaurien"]["hooks"].text)
        sections.setdefault("vaurien", Section("the command line"))["hooks"] = Given(",".join(hooks), "--hook")
    return Arguments(**values, sections=sections)


def _refusal(word: str, flags: list[str]) -> ConfigError:
    if not word.startswith("-"):
        ends = f"write --local {word} or --distant {word}" if ":" in word else "write --distant HOST:PORT"
        return ConfigError(word, f"no option comes before it; {ends}")
    close = difflib.get_close_matches(word, flags, 1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    return ConfigError(word, f"unknown option; {guess}vaurien --help lists all")


def argument_parser() -> _Parser:
    """The parser of all flags but those of handlers, hooks and toxics."""
    parser = _Parser(
        prog="vaurien",
        add_help=False,
        allow_abbrev=False,
        usage="vaurien --local HOST:PORT --distant HOST:PORT --behavior 20:delay [option …]\n"
        "       vaurien --config FILE [option …]\n       vaurien --http [option …]\n"
        "       vaurien --toxiproxy [option of toxiproxy-server …]\n       vaurien --demo",
        description="A TCP chaos proxy: a share of the traffic is late, wrong, cut or silent.",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=34, width=110),
    )
    general = parser.add_argument_group("general")
    general.add_argument("--config", metavar="FILE", help="read an INI file; options given here win over it")
    general.add_argument("--check-config", action="store_true", help="check everything, say what it means, and end")
    general.add_argument(
        "--toxiproxy", action="store_true",
        help="take the place of toxiproxy-server, with its flags: -host, -port, -config FILE, -seed, -proxy-metrics",
    )  # fmt: skip
    general.add_argument("--demo", action="store_true", help="ten seconds of chaos, with nothing to set up")
    general.add_argument("--version", action="store_true", help="print the version and end")
    general.add_argument("-h", "--help", action="store_true", help="print this and end")
    for title, options in GROUPS.items():
        group = parser.add_argument_group(title)
        for name, option in options.items():
            group.add_argument(
                _flag(name), dest=name, **(switch(name, option) if name in SWITCHES else described(option))
            )
            for old, new in SYNONYMS.items():
                if new == name:
                    group.add_argument(_flag(old), dest=old, metavar=old.upper(), help=f"the same as {_flag(new)}")
            if name == "hooks":
                group.add_argument("--hook", action="append", metavar="NAME", help="one of --hooks; can be given again")
    return parser


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _flags(parser: argparse.ArgumentParser) -> list[str]:
    return [flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")]


def described(option: Option) -> dict[str, Any]:
    """What argparse is told of an option, for the help."""
    default = "no default" if option.default is None else f"default {shown(option.default) or 'none'}"
    text = f"{option.description} ({option.allowed()}; {default})"
    return {"metavar": option.type_name().upper(), "help": text.replace("%", "%%")}


def switch(name: str, option: Option) -> dict[str, Any]:
    """What argparse is told of an option whose flag needs no value."""
    told = described(option)
    text = SWITCHES[name] or told["help"]
    return {**told, "metavar": "BOOL", "nargs": "?", "const": BARE, "help": f"{text}; no value means true"}


def _joined(argv: list[str]) -> list[str]:
    """``--flag value`` as ``--flag=value``: argparse would take a value such as ``-5:delay`` for a flag."""
    flags = {"--config", "--hook", *map(_flag, (*OPTIONS, *SYNONYMS))} - set(map(_flag, SWITCHES))
    words: list[str] = []
    for word in argv:
        if words and words[-1] in flags and not word.startswith("--"):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def _take_options(argv: list[str]) -> tuple[dict[str, Section], list[str]]:
    """Takes out ``--handlers.NAME.OPTION VALUE`` and its like: which of them exist is known only later."""
    sections: dict[str, Section] = {}
    rest: list[str] = []
    while argv:
        word = argv.pop(0)
        if word == "--":
            rest += [word, *argv]
            break
        prefix = next((prefix for prefix in PREFIXES if word.startswith(prefix)), None)
        if prefix is None:
            rest.append(word)
            continue
        registry, separator = PREFIXES[prefix]
        flag, equals, text = word.partition("=")
        name, found, option = flag.removeprefix(prefix).rpartition(separator)
        if not (name and found and option):
            raise ConfigError(flag, f"write {prefix}NAME{separator}OPTION VALUE")
        bare = not equals and (not argv or argv[0].startswith("--"))
        if not equals and not bare:
            text = argv.pop(0)
        section = sections.setdefault(f"{registry.kind}:{name}", Section(flag))
        section[option.replace("-", "_")] = Given(text, flag, bare)
    return sections, rest
