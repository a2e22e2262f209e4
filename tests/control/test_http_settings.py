"""What an operator says of the control API: on the command line, in ``[http]``, and as the Vaurien of old had it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.asking import ENDS, asked, asked_in, line_of, problem, write
from vaurien.address import Address
from vaurien.errors import ConfigError
from vaurien.settings import HttpSettings

PROXY = "[proxy:a]\nlocal = :1\ndistant = b:1\n"


def address(folder: Path, text: str, *argv: str) -> str | None:
    """Where the API listens that an INI file and a command line ask for; None for no API."""
    found = asked_in(folder, PROXY + text, *argv).http
    return None if found is None else str(found.address)


def error(*argv: str) -> str:
    with pytest.raises(ConfigError) as caught:
        asked(*argv)
    return line_of(caught.value)


# who turns it on


@pytest.mark.parametrize(
    ("text", "argv", "expected"),
    [
        ("", "", None),
        ("", "--http", "127.0.0.1:8080"),
        ("", "--http=yes", "127.0.0.1:8080"),
        ("", "--http=no", None),
        ("", "--http no", None),
        ("", "--http-port 0", "127.0.0.1:0"),
        ("", "--http-port=9000 --http-host=::1", "[::1]:9000"),
        ("", "--http --http-host [::1]", "[::1]:8080"),
        ("", "--http --http-host localhost", "localhost:8080"),
        ("", "--http --http-host unix:/run/api", "unix:/run/api"),
        ("", "--http-host unix:/run/api --http-port 9", "unix:/run/api"),
        ("[http]\n", "", "127.0.0.1:8080"),
        ("[http]\nport = 9\n", "", "127.0.0.1:9"),
        ("[http]\nhost = 0.0.0.0\nport = 9\n", "", "0.0.0.0:9"),
        ("[http]\nenabled = yes\n", "", "127.0.0.1:8080"),
        ("[http]\nenabled = no\nport = 9\n", "", None),
        ("[http]\nenabled = no\nport = 9\n", "--http", "127.0.0.1:9"),
        ("[http]\nenabled = no\nport = 9\n", "--http-host ::1", "[::1]:9"),
        ("[http]\nport = 9\n", "--http=no", None),
        ("[http]\nport = 9\nhost = ::1\n", "--http-port 10", "[::1]:10"),
        ("[vaurien]\nhttp = yes\n", "", "127.0.0.1:8080"),
        ("[vaurien]\nhttp = no\nhttp_port = 9\n", "", None),
        ("[vaurien]\nhttp = true\nhttp_host = ::1\nhttp-port = 9\n", "", "[::1]:9"),
        ("[vaurien]\nhttp_port = 9\n[http]\nhost = ::1\n", "", "[::1]:9"),
    ],
)
def test_whether_and_where_it_listens(tmp_path: Path, text: str, argv: str, expected: str | None) -> None:
    assert address(tmp_path, text, *argv.split()) == expected


def test_where_it_was_written(tmp_path: Path) -> None:
    def place(text: str, *argv: str) -> str:
        found = asked_in(tmp_path, PROXY + text, *argv).http
        assert found is not None
        return found.place.replace(f"{tmp_path}{os.sep}", "")

    assert place("", "--http") == "--http"
    assert place("", "--http", "--http-port", "9") == "--http-port"
    assert place("[http]\n") == "vaurien.ini [http]"
    assert place("[http]\nport = 9\n") == "vaurien.ini [http] port"
    assert place("[http]\nhost = ::1\n") == "vaurien.ini [http] host"
    assert place("[http]\nport = 9\nhost = unix:/a\n") == "vaurien.ini [http] host"
    assert place("[vaurien]\nhttp_port = 9\n", "--http") == "vaurien.ini [vaurien] http_port"


# proxies


def test_there_need_not_be_a_proxy() -> None:
    settings = asked("--http")
    assert (settings.proxies, settings.http) == ({}, HttpSettings(Address("127.0.0.1", 8080)))


def test_an_ini_file_without_a_proxy(tmp_path: Path) -> None:
    assert asked_in(tmp_path, "[http]\n").proxies == {}
    assert asked_in(tmp_path, "[vaurien]\nseed = 1\n", "--http").proxies == {}


def test_what_is_said_for_all_proxies_is_for_those_made_later(tmp_path: Path) -> None:
    text = "[vaurien]\nbehavior = 20:delay\ntimeout = 3\nhooks = limit\n[http]\n[handler:delay]\nsleep = 2\n"
    settings = asked_in(tmp_path, text, "--max-sessions", "7")
    made = settings.template
    assert settings.proxies == {}
    assert (str(made.behavior), made.timeout, made.max_sessions) == ("20:delay", 3.0, 7)
    assert made.handlers["delay"].given == {"sleep": 2.0}
    assert [hook.name for hook in made.hooks] == ["limit"]


def test_a_proxy_may_be_there_too(tmp_path: Path) -> None:
    assert list(asked("--http", "--distant", "b:1").proxies) == ["default"]
    assert list(asked_in(tmp_path, PROXY, "--http").proxies) == ["a"]


def test_half_a_proxy_is_none() -> None:
    line = error("--http", "--local", ":8000")
    assert line.startswith("--local: distant is missing: say where the proxy sends, as --distant HOST:PORT")
    assert line.endswith("without a local too, there are no proxies at first")
    assert "without a local" not in error("--local", ":8000", "--http=no")
    assert error("--behavior", "20:delay", "--http=no").startswith("distant is missing")


def test_half_a_proxy_of_an_ini_file_is_none(tmp_path: Path) -> None:
    assert problem(tmp_path, "[http]\n[proxy:a]\nlocal = :1\n").startswith("vaurien.ini [proxy:a]: distant is missing")
    assert problem(tmp_path, "[http]\n[vaurien]\nlocal = :1\n").startswith("vaurien.ini [vaurien] local: distant is")


def test_a_behavior_is_checked_without_a_proxy_too() -> None:
    assert error("--http", "--behavior", "20:dely").startswith("--behavior: unknown handler 'dely'")


# what is wrong


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("--http-port 65536", "--http-port: expected a whole number from 0 to 65535, not '65536'"),
        ("--http-port -1", "--http-port: expected a whole number from 0 to 65535, not '-1'"),
        ("--http-port x", "--http-port: expected a whole number"),
        ("--http-host a:80", "--http-host: 'a:80' is no host"),
        ("--http-host a/b", "--http-host: 'a/b' is no host"),
        ("--http-host unix:", "--http-host: 'unix:' is no host"),
        ("--http-host=", "--http-host: expected a name, an IP address or unix:/PATH; 0.0.0.0 is every"),
        ("--http=maybe", "--http: expected true or false, not 'maybe'"),
        ("--http localhost:80", "--http: expected true or false, not 'localhost:80'"),
        ("--http-prt 80", "--http-prt: unknown option; did you mean '--http-port'"),
        ("--http-port", "--http-port: needs a value"),
    ],
)
def test_a_wrong_flag(argv: str, words: str) -> None:
    assert error(*ENDS, *argv.split()).startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[http]\nport = x\n", "vaurien.ini [http] port: expected a whole number"),
        ("[http]\nenabled = no\nport = x\n", "vaurien.ini [http] port: expected a whole number"),
        ("[http]\nprt = 8\n", "vaurien.ini [http] prt: unknown option; did you mean 'port'? choose from enabled, host"),
        ("[vaurien]\nhttp_prt = 8\n", "vaurien.ini [vaurien] http_prt: unknown option"),
        ("[vaurien]\nhttp_port = 8\n[http]\nport = 8\n",
         "vaurien.ini [vaurien] http_port: means the same as vaurien.ini [http] port"),
        ("[htp]\nport = 8\n", "vaurien.ini [htp]: unknown section; did you mean 'http'? choose from vaurien, http, "),
        ("[proxy:b]\nlocal = :2\ndistant = b:1\nhttp_port = 8\n", "vaurien.ini [proxy:b] http_port: unknown option"),
    ],
)  # fmt: skip
def test_a_wrong_section(tmp_path: Path, text: str, words: str) -> None:
    assert problem(tmp_path, PROXY + text).replace(f"{tmp_path}{os.sep}", "").startswith(words)


def test_an_address_that_a_proxy_has() -> None:
    argv = ("--distant", "b:1", "--local", "127.0.0.1:8080")
    assert error(*argv, "--http") == "--http: proxy default listens on 127.0.0.1:8080 already"
    assert error("--distant", "b:1", "--local", "unix:/a", "--http-host", "unix:/a").startswith("--http-host: proxy")
    assert asked("--distant", "b:1", "--local", "127.0.0.1:0", "--http-port", "0").http is not None


# the token


def test_the_token_is_what_stands_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, {"token": "  the-token+/=~.1 \r\n\n"})
    path.chmod(0o600)
    for settings in (asked("--http-token-file", str(path)), asked_in(tmp_path, f"[http]\ntoken_file = {path}\n")):
        assert settings.http is not None
        assert (settings.http.token, settings.http.token_file) == ("the-token+/=~.1", str(path))
        assert not settings.http.token_exposed and "the-token" not in repr(settings)


@pytest.mark.parametrize(("mode", "exposed"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_can_read(tmp_path: Path, mode: int, exposed: bool) -> None:
    path = write(tmp_path, {"token": "the-token"})
    path.chmod(mode)
    found = asked("--http-token-file", str(path)).http
    assert found is not None and found.token_exposed is exposed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b" \r\n", "the file is empty"),
        (b"two words", "the file has no token"),
        (b"one\ntwo", "the file has no token"),
        ("sécret".encode(), "the file has no token"),
        (b"secret\0", "the file has no token"),
        (b"s" * 4097, "the file has no token"),
    ],
)
def test_a_file_that_has_no_token(tmp_path: Path, content: bytes, words: str) -> None:
    path = write(tmp_path, {"token": content})
    line = error("--http-token-file", str(path))
    assert line.startswith(f"--http-token-file: {words}") and "secret" not in line


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, reason in (("no/such", "no such file or directory"), (str(tmp_path), "is a directory")):
        assert error("--http-token-file", path) == f"--http-token-file: cannot read {path!r}: {reason}"
    text = f"[http]\nenabled = no\ntoken_file = {tmp_path}/none\n"
    assert asked_in(tmp_path, PROXY + text).http is None
