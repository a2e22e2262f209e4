"""Statsd settings: whether counts are sent to a statsd server, and to which."""

from __future__ import annotations

from collections import ChainMap

from vaurien.address import Address
from vaurien.given import check_names, value
from vaurien.ini import Sections
from vaurien.options import Option
from vaurien.settings import StatsdSettings

SECTION = "statsd"


def host(text: str) -> str:
    """A name or an IP address.

    The type of the option: a host without a port. Raises `ValueError`.
    """
    text = text.strip()
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        parsed = Address.parse(f"[{bare}]:0" if ":" in bare else f"{bare}:0")
    except ValueError as exc:
        raise ValueError(f"{text!r} is no host: write a name or an IP address; the port is apart") from exc
    if not parsed.host:
        raise ValueError("expected a name or an IP address")
    return parsed.host


STATSD_OPTIONS: dict[str, Option] = {
    "host": Option("The statsd server that counts are sent to", host, "127.0.0.1"),
    "port": Option("The UDP port of the statsd server", int, 8125, minimum=1, maximum=65535),
    "prefix": Option("What the names of all counts begin with there", str, "vaurien"),
}  # fmt: skip
"""What ``[statsd]`` takes."""

NAMES = {"statsd_host": "host", "statsd_port": "port", "statsd_prefix": "prefix"}
"""The same as the command line and ``[vaurien]`` call it."""


def statsd_settings(ini: Sections, command_line: Sections) -> StatsdSettings | None:
    """What both together ask for; None where neither says anything of it. Raises `ConfigError` for what is wrong."""
    layers = [sections[SECTION] for sections in (command_line, ini) if SECTION in sections]
    if not layers:
        return None
    values = ChainMap(*(dict(layer) for layer in layers))
    check_names(values, STATSD_OPTIONS)
    return StatsdSettings(**{name: value(name, option, values) for name, option in STATSD_OPTIONS.items()})
