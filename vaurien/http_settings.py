"""HTTP settings: whether there is a control API, where it listens, and which token it demands."""

from __future__ import annotations

import os
import stat
from collections import ChainMap
from dataclasses import replace

from vaurien.address import Address
from vaurien.errors import ConfigError
from vaurien.given import check_names, converted, place, value
from vaurien.ini import Given, Sections
from vaurien.options import Option, words
from vaurien.settings import HttpSettings

SECTION = "http"
TOKEN_BYTES = 4096
"""A token has at most so many bytes: it travels in a header."""


def host(text: str) -> str:
    """A host, or unix:/PATH.

    The type of the option: a host without a port. Raises `ValueError`.
    """
    text = text.strip()
    try:
        parsed = _address(text, 0)
    except ValueError as exc:
        raise ValueError(f"{text!r} is no host: write a name, an IP address or unix:/PATH; the port is apart") from exc
    if not parsed.host and not parsed.path:
        raise ValueError("expected a name, an IP address or unix:/PATH; 0.0.0.0 is every IPv4 interface")
    return parsed.host or text


HTTP_OPTIONS: dict[str, Option] = {
    "enabled": Option("Whether there is a control API", bool, True),
    "host": Option("Where the control API listens", host, "127.0.0.1"),
    "port": Option("The port of the control API; 0 is any that is free", int, 8080, minimum=0, maximum=65535),
    "hosts": Option("Names that a Host header may have besides this machine's own; * is any", words, ()),
    "toxiproxy_metrics": Option("Whether /metrics has bytes by Toxiproxy's names, too", bool, False),
    "token_file": Option("A file with the token that each request to the control API must show", str, None),
}  # fmt: skip
"""What ``[http]`` takes."""

NAMES = {
    "http": "enabled",
    "http_host": "host",
    "http_port": "port",
    "http_hosts": "hosts",
    "http_toxiproxy_metrics": "toxiproxy_metrics",
    "http_token_file": "token_file",
}
"""The same as the command line and ``[vaurien]`` call it."""


def http_settings(ini: Sections, command_line: Sections) -> HttpSettings | None:
    """What both together ask for; None where there is to be no control API. Reads the token.

    A section that says anything of it turns it on, unless it says otherwise: the command line's over the INI's.
    Raises `ConfigError` for what is wrong, asked for or not.
    """
    layers = [sections[SECTION] for sections in (command_line, ini) if SECTION in sections]
    values = ChainMap(*(dict(layer) for layer in layers))
    check_names(values, HTTP_OPTIONS)
    found = {name: value(name, option, values) for name, option in HTTP_OPTIONS.items()}
    if not layers or not value("enabled", HTTP_OPTIONS["enabled"], layers[0]):
        return None
    names = ("host", "enabled") if found["host"].startswith("unix:") else ("port", "host", "enabled")
    where = next((values[name].where for name in names if name in values), place(SECTION, layers[0]))
    settings = HttpSettings(
        _address(found["host"], found["port"]),
        hosts=tuple(name.lower() for name in found["hosts"]),
        toxiproxy_metrics=found["toxiproxy_metrics"],
        place=where,
    )
    if not found["token_file"]:
        return settings
    token, exposed = read_token(values["token_file"])
    return replace(settings, token=token, token_file=found["token_file"], token_exposed=exposed)


def _address(host: str, port: int) -> Address:
    if host.startswith("unix:"):
        return Address.parse(host)
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    return Address.parse(f"[{bare}]:{port}" if ":" in bare else f"{bare}:{port}")


def read_token(given: Given) -> tuple[str, bool]:
    """The token in the file that is `given`, and whether others than the file's owner can read it.

    Raises `ConfigError`.
    """
    path = given.text.strip()
    try:
        with open(path, "rb") as file:
            data = file.read(TOKEN_BYTES + 1)
            status = os.fstat(file.fileno())
    except (OSError, ValueError) as exc:
        reason = (getattr(exc, "strerror", None) or str(exc)).lower()
        raise ConfigError(given.where, f"cannot read {path!r}: {reason}") from exc
    token = converted(_token, given._replace(text=data.decode("latin-1")))
    return token, stat.S_ISREG(status.st_mode) and bool(status.st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _token(text: str) -> str:
    """A token that can stand in a header. Raises `ValueError`, which does not quote it."""
    token = text.strip()
    if not token:
        raise ValueError("the file is empty: write the token into it")
    if len(token) > TOKEN_BYTES or not (token.isascii() and token.isprintable()) or " " in token:
        raise ValueError(f"the file has no token: one word of printable ASCII, {TOKEN_BYTES} bytes at most")
    return token
