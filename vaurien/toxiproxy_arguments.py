"""Toxiproxy arguments: ``vaurien --toxiproxy`` with the flags of ``toxiproxy-server``, as those of ``vaurien``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vaurien.errors import ConfigError

SWITCH = "toxiproxy"
HOST, PORT = "localhost", "8474"
FLAGS = {"host": "--http-host", "port": "--http-port", "seed": "--seed"}
"""Flags of Toxiproxy that take a value, and what they are here."""
SWITCHES = {"proxy-metrics": "--http-toxiproxy-metrics=true", "runtime-metrics": "", "version": "--version"}
"""Its flags without one. The metrics of the process are there anyway."""
FLAG = re.compile(r"--?(?P<name>[a-z][a-z-]*)(?:=(?P<value>.*))?", re.DOTALL)
LEVELS = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "warn": "warning",
    "error": "error",
    "fatal": "error",
    "panic": "error",
    "disabled": "error",
}
"""What LOG_LEVEL may say, and the log level that it is here."""
INI = (".ini", ".cfg", ".conf")
"""How the name of a configuration file ends that is one of Vaurien's."""


def asked_for(argv: Sequence[str]) -> bool:
    """Whether Toxiproxy's place is to be taken."""
    return any(word in (f"-{SWITCH}", f"--{SWITCH}") for word in argv)


class Translated(NamedTuple):
    """The words for ``vaurien``; the JSON file with proxies, if there is one; and by flag of ``vaurien`` the one that
    was typed for it."""

    words: list[str]
    config: str | None
    typed: dict[str, str]


def translated(argv: Sequence[str]) -> Translated:
    """The same for ``vaurien``, whose own options are taken too. Raises `ConfigError`."""
    words: list[str] = []
    typed: dict[str, str] = {}
    config: str | None = None
    rest = iter([word for word in argv if word not in (f"-{SWITCH}", f"--{SWITCH}")])
    for word in rest:
        match = FLAG.fullmatch(word)
        name = match["name"] if match else ""
        if match is None or name not in (*FLAGS, *SWITCHES, "config"):
            words.append(word)
        elif name in SWITCHES:
            if _is_true(word, match["value"]) and SWITCHES[name]:
                words.append(SWITCHES[name])
        else:
            value = _value(word, match["value"], rest)
            if name != "config":
                words.append(f"{FLAGS[name]}={value}")
                typed[FLAGS[name]] = word.partition("=")[0]
            elif value.lower().endswith(INI):
                words.append(f"--config={value}")
            else:
                config = value
    return Translated([*_defaults(words), *words], config, typed)


def _value(word: str, value: str | None, rest: Iterator[str]) -> str:
    found = next(rest, None) if value is None else value
    if found is None:
        raise ConfigError(word, "needs a value")
    return found


def _is_true(word: str, value: str | None) -> bool:
    if value is None or value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if value in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise ConfigError(word.partition("=")[0], f"expected true or false, not {value!r}")


def _defaults(words: Sequence[str]) -> Iterator[str]:
    """What Toxiproxy does where nothing is said."""
    given = {word.partition("=")[0] for word in words}
    yield "--http"
    for flag, value in (("--http-host", HOST), ("--http-port", PORT), ("--http-hosts", "*")):
        if flag not in given:
            yield f"{flag}={value}"
    level = os.environ.get("LOG_LEVEL", "").lower()
    if level in LEVELS and "--log-level" not in given:
        yield f"--log-level={LEVELS[level]}"
