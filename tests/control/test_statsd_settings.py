"""What an operator says of statsd: on the command line, in ``[statsd]``, and in ``[vaurien]``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import asked_in, line_of
from vaurien.errors import ConfigError
from vaurien.settings import StatsdSettings

PROXY = "[proxy:a]\nlocal = :1\ndistant = b:1\n"


@pytest.mark.parametrize(
    ("text", "argv", "expected"),
    [
        ("", "", None),
        ("[statsd]\n", "", StatsdSettings("127.0.0.1", 8125, "vaurien")),
        ("[statsd]\nhost = stats\nport = 9\nprefix = a.b\n", "", StatsdSettings("stats", 9, "a.b")),
        ("[vaurien]\nstatsd_host = stats\nstatsd-prefix =\n", "", StatsdSettings("stats", 8125, "")),
        ("[vaurien]\nstatsd_port = 9\n[statsd]\nhost = ::1\n", "", StatsdSettings("::1", 9, "vaurien")),
        ("", "--statsd-host stats", StatsdSettings("stats", 8125, "vaurien")),
        ("", "--statsd-port=9 --statsd-prefix x", StatsdSettings("127.0.0.1", 9, "x")),
        ("[statsd]\nhost = [::1]\n", "", StatsdSettings("::1", 8125, "vaurien")),
        ("[statsd]\nhost = stats\nport = 9\n", "--statsd-port 10", StatsdSettings("stats", 10, "vaurien")),
    ],
)
def test_what_is_asked_for(text: str, argv: str, expected: StatsdSettings | None, tmp_path: Path) -> None:
    assert asked_in(tmp_path, PROXY + text, *argv.split()).statsd == expected


@pytest.mark.parametrize(
    ("text", "argv", "problem"),
    [
        ("[statsd]\nhsot = stats\n", "", "[statsd] hsot: unknown option; did you mean 'host'?"),
        ("[statsd]\nport = 0\n", "", "[statsd] port: expected a whole number from 1 to 65535, not '0'"),
        ("[statsd]\nhost = a:1\n", "", "[statsd] host: 'a:1' is no host: write a name or an IP address"),
        ("", "--statsd-host=", "--statsd-host: expected a name or an IP address"),
        ("[statsd]\nport = 9\n[vaurien]\nstatsd_port = 9\n", "", "means the same as"),
        ("[statds]\n", "", "unknown section; did you mean 'statsd'?"),
        ("[proxy:b]\nlocal = :2\ndistant = b:1\nstatsd_host = x\n", "", "[proxy:b] statsd_host: unknown option"),
    ],
)
def test_what_is_wrong(text: str, argv: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        asked_in(tmp_path, PROXY + text, *argv.split())
    assert problem in line_of(caught.value)
