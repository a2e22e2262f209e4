"""The settings that a command line and INI files come to: who wins, which proxies there are, what is wrong."""

from pathlib import Path

import pytest

from tests.asking import ENDS, asked, asked_in, problem
from vaurien.settings import DaemonSettings

TWO = "[proxy:redis]\nlocal = :6380\ndistant = r:6379\n[proxy:web]\nlocal = :8000\ndistant = w:80\n"
BEFORE_ALL = "[vaurien]\nlocal = :1\ndistant = v:2\n"


def ends(settings: DaemonSettings) -> dict[str, str]:
    """Each proxy in the order in which it is started, as LOCAL -> DISTANT."""
    return {name: f"{proxy.local} -> {proxy.distant}" for name, proxy in settings.proxies.items()}


# who wins


def test_the_defaults() -> None:
    settings = asked("--distant", "localhost:80")
    assert ends(settings) == {"default": "localhost:8000 -> localhost:80"}
    (proxy,) = settings.proxies.values()
    assert (str(proxy.behavior), proxy.timeout, proxy.max_sessions) == ("100:dummy", 10.0, 0)
    assert (settings.seed, settings.shutdown_timeout) == (None, 5.0)
    assert (settings.log_level, settings.log_output, settings.log_format) == ("info", "-", "text")


def test_blanks_round_what_is_written_are_not_meant(tmp_path: Path) -> None:
    assert asked_in(tmp_path, f"{BEFORE_ALL}log_output =  a log \n", "--log-level", " debug ").log_output == "a log"
    assert asked("--distant", "localhost:80", "--log-output", " a log ").log_output == "a log"


@pytest.mark.parametrize(
    ("name", "in_ini", "on_line", "expected_ini", "expected_line"),
    [
        ("seed", "1", "2", 1, 2),
        ("shutdown_timeout", "0", "0.5", 0.0, 0.5),
        ("log_level", "warning", "debug", "warning", "debug"),
        ("log_output", "a.log", "-", "a.log", "-"),
        ("log_format", "json", "text", "json", "text"),
    ],
)
def test_the_command_line_wins_over_the_file(
    tmp_path: Path, name: str, in_ini: str, on_line: str, expected_ini: object, expected_line: object
) -> None:
    text = f"{BEFORE_ALL}{name} = {in_ini}\n"
    flag = "--" + name.replace("_", "-")
    assert getattr(asked_in(tmp_path, text), name) == expected_ini
    assert getattr(asked_in(tmp_path, text.replace(name, name.replace("_", "-"))), name) == expected_ini
    assert getattr(asked_in(tmp_path, text, flag, on_line), name) == expected_line


@pytest.mark.parametrize(
    ("name", "values"),
    [("timeout", ("10.0", "1.5", "2.5", "3.5")), ("max_sessions", ("0", "1", "2", "3")),
     ("behavior", ("100:dummy", "1:delay", "2:delay", "3:delay"))],
)  # fmt: skip
def test_line_over_proxy_over_vaurien_over_default(tmp_path: Path, name: str, values: tuple[str, ...]) -> None:
    default, shared, own, line = values

    def found(text: str, *argv: str) -> dict[str, str]:
        return {key: str(getattr(proxy, name)) for key, proxy in asked_in(tmp_path, text, *argv).proxies.items()}

    own_text = TWO.replace("[proxy:web]", f"{name} = {own}\n[proxy:web]")
    both = f"[vaurien]\n{name} = {shared}\n{own_text}"
    assert found(TWO) == {"redis": default, "web": default}
    assert found(own_text) == {"redis": own, "web": default}
    assert found(both) == {"redis": own, "web": shared}
    assert found(both, "--" + name.replace("_", "-"), line) == {"redis": line, "web": line}


# which proxies


def test_proxies_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    expected = {"redis": ":6380 -> r:6379", "web": ":8000 -> w:80"}
    found = ends(asked_in(tmp_path, TWO))
    assert found == expected and list(found) == list(expected)


def test_vaurien_may_describe_a_proxy_beside_the_named_ones(tmp_path: Path) -> None:
    assert list(ends(asked_in(tmp_path, BEFORE_ALL + TWO)).items()) == [
        ("default", ":1 -> v:2"), ("redis", ":6380 -> r:6379"), ("web", ":8000 -> w:80"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "argv", "expected"),
    [
        (BEFORE_ALL, ["--local", ":3"], {"default": ":3 -> v:2"}),
        (BEFORE_ALL, ["--proxy", ":3"], {"default": ":3 -> v:2"}),
        (BEFORE_ALL, ["--backend", "b:4"], {"default": ":1 -> b:4"}),
        (BEFORE_ALL.replace("local", "proxy").replace("distant", "backend"), [], {"default": ":1 -> v:2"}),
        (BEFORE_ALL.replace("local", "proxy").replace("distant", "backend"), ["--local", ":3", "--distant", "d:4"],
         {"default": ":3 -> d:4"}),
        ("[proxy:one]\nlocal = :1\ndistant = o:1\n", ["--local", ":3"], {"one": ":3 -> o:1"}),
        ("[proxy:one]\nlocal = :1\n", ["--distant", "d:4"], {"one": ":1 -> d:4"}),
        ("[proxy:one]\nproxy = :1\nbackend = o:1\n", [], {"one": ":1 -> o:1"}),
        ("[vaurien]\nseed = 1\n", ["--distant", "d:4"], {"default": "localhost:8000 -> d:4"}),
        ("[proxy:default]\nlocal = :1\ndistant = o:1\n", [], {"default": ":1 -> o:1"}),
        ("[proxy:a b.c]\nlocal = unix:/a b\ndistant = [::1]:2\n", [], {"a b.c": "unix:/a b -> [::1]:2"}),
    ],
)  # fmt: skip
def test_the_ends_of_a_proxy(tmp_path: Path, text: str, argv: list[str], expected: dict[str, str]) -> None:
    assert ends(asked_in(tmp_path, text, *argv)) == expected


def test_a_proxy_may_come_from_an_extended_file(tmp_path: Path) -> None:
    (tmp_path / "base.ini").write_text(TWO)
    text = "[vaurien]\nextends = base.ini\n[proxy:web]\ndistant = x:${PORT}\n".replace("${PORT}", "${proxy:web:port}")
    assert "port" in problem(tmp_path, text)
    text = "[vaurien]\nextends = base.ini\n[proxy:web]\ndistant = x:1\n"
    assert ends(asked_in(tmp_path, text)) == {"redis": ":6380 -> r:6379", "web": ":8000 -> x:1"}


# what is wrong


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[vaurien]\ndistnt = a:1\n", ["vaurien.ini [vaurien] distnt:", "unknown option", "'distant'", "behavior"]),
        ("[vaurien]\nsede = 1\n", ["vaurien.ini [vaurien] sede:", "did you mean 'seed'"]),
        (TWO + "behaviour = 1:delay\n", ["vaurien.ini [proxy:web] behaviour:", "did you mean 'behavior'"]),
        ("[proxy:a/b]\nlocal = :1\ndistant = w:1\n", ["vaurien.ini [proxy:a/b]: name: expected", "without a slash"]),
        (TWO + "seed = 1\n", ["vaurien.ini [proxy:web] seed:"]),
        (BEFORE_ALL + "seed = x\n", ["vaurien.ini [vaurien] seed:", "a whole number, 0 or more", "'x'"]),
        (BEFORE_ALL + "seed = \n", ["vaurien.ini [vaurien] seed:", "a whole number, 0 or more", "''"]),
        (TWO + "timeout = 0\n", ["vaurien.ini [proxy:web] timeout:", "0.001 or more", "'0'"]),
        (TWO + "max_sessions = many\n", ["vaurien.ini [proxy:web] max_sessions:", "'many'"]),
        (TWO + "behavior = 20:dely\n", ["vaurien.ini [proxy:web] behavior:", "'dely'", "did you mean 'delay'", "hang"]),
        (TWO + "behavior = 101:delay\n", ["vaurien.ini [proxy:web] behavior:", "'101:delay'", "100"]),
        ("[proxy:web]\nlocal = :1\ndistant = w\n", ["vaurien.ini [proxy:web] distant:", "'w'", "HOST:PORT"]),
        ("[proxy:web]\nlocal = :99999\ndistant = w:1\n", ["vaurien.ini [proxy:web] local:", "'99999'", "65535"]),
        ("[proxy:web]\nlocal = :1\n", ["vaurien.ini [proxy:web]", "distant", "missing"]),
        ("[proxy:web]\ndistant = w:1\n", ["vaurien.ini [proxy:web]", "local", "missing"]),
        ("[proxy:web]\nlocal = :1\nproxy = :2\ndistant = w:1\n", ["[proxy:web] proxy", "[proxy:web] local", "one of"]),
        ("[vaurien]\nlocal = :1\n" + TWO, ["vaurien.ini [vaurien] local:", "distant"]),
        (BEFORE_ALL + "[proxy:default]\nlocal = :2\ndistant = x:1\n", ["vaurien.ini [proxy:default]", "[vaurien]"]),
        (TWO + "[proxy:wbe:handler:delay]\nsleep = 1\n", ["vaurien.ini [proxy:wbe:handler:delay]:", "[proxy:wbe]"]),
        (TWO + "[proxy]\nlocal = :1\n", ["vaurien.ini [proxy]:", "unknown section; choose from", "proxy:NAME"]),
        (TWO + "[proxy:]\nlocal = :1\n", ["vaurien.ini [proxy:]:", "unknown section"]),
        (TWO + "[vaurein]\nseed = 1\n", ["vaurien.ini [vaurein]:", "unknown section", "did you mean 'vaurien'"]),
        (TWO + "[handler:]\nsleep = 1\n", ["vaurien.ini [handler:]:", "unknown section"]),
        (TWO + "[delay]\nsleep = 1\n", ["vaurien.ini [delay]:", "unknown section", "handler:NAME"]),
        (TWO + "[DEFAULT]\nseed = 1\n", ["vaurien.ini [DEFAULT]:", "unknown section"]),
        (TWO + "[proxy:web:handlr:delay]\nsleep = 1\n", ["[proxy:web:handlr:delay]:", "proxy:NAME:handler:NAME"]),
        (TWO + "[proxy:web:handler:]\nsleep = 1\n", ["vaurien.ini [proxy:web:handler:]:", "unknown section"]),
    ],
)  # fmt: skip
def test_a_wrong_file(tmp_path: Path, text: str, words: list[str]) -> None:
    line = problem(tmp_path, text)
    for word in words:
        assert word in line


@pytest.mark.parametrize("flag", ["--local", "--distant", "--proxy", "--backend"])
def test_a_flag_that_could_mean_any_of_several_proxies(tmp_path: Path, flag: str) -> None:
    line = problem(tmp_path, TWO, flag, "localhost:3")
    for word in (flag, "redis", "web"):
        assert word in line


@pytest.mark.parametrize("text", ["", "[vaurien]\nseed = 1\n", "[handler:delay]\nsleep = 1\n"])
def test_nowhere_to_send(tmp_path: Path, text: str) -> None:
    line = problem(tmp_path, text)
    assert "distant" in line and "--distant HOST:PORT" in line


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--distant", ":80"], ["--distant", "':80'", "host"]),
        (["--distant", "localhost:0"], ["--distant", "'localhost:0'", "port"]),
        (["--distant", "localhost"], ["--distant", "'localhost'", "port", "HOST:PORT"]),
        (["--distant", ""], ["--distant", "''", "HOST:PORT"]),
        (["--distant", "http://localhost:80/"], ["--distant", "http://localhost:80/", "HOST:PORT"]),
        (["--distant", "::1:80"], ["--distant", "'::1:80'", "[IPV6]:PORT"]),
        (["--distant", "[::1"], ["--distant", "'[::1'", "[IPV6]:PORT"]),
        (["--distant", "localhost:-1"], ["--distant", "'localhost:-1'"]),
        (["--distant", "a b:1"], ["--distant", "'a b:1'"]),
        (["--distant", "unix:"], ["--distant", "'unix:'", "unix:/PATH"]),
        (["--distant", "unix:/" + "x" * 107], ["--distant", "107 bytes"]),
        (["--backend", "localhost"], ["--backend", "'localhost'"]),
        (["--proxy", "localhost", "--distant", "a:1"], ["--proxy", "'localhost'"]),
    ],
)  # fmt: skip
def test_a_wrong_address(tmp_path: Path, argv: list[str], words: list[str]) -> None:
    line = problem(tmp_path, "", *argv)
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("flag", "text", "words"),
    [
        ("--seed", "-1", ["0 or more"]), ("--seed", "1.5", ["a whole number"]), ("--seed", "1e3", ["a whole number"]),
        ("--timeout", "0", ["0.001 or more"]), ("--timeout", "inf", ["a number of seconds"]),
        ("--timeout", "5s", ["a number of seconds"]), ("--max-sessions", "-1", ["0 or more"]),
        ("--max-sessions", "1.0", ["a whole number"]), ("--shutdown-timeout", "-0.1", ["0 or more"]),
        ("--shutdown-timeout", "nan", ["a number of seconds"]), ("--log-format", "xml", ["text, json"]),
        ("--log-level", "loud", ["debug, info, warning, error"]), ("--behavior", "dummy", ["colon", "20:delay"]),
        ("--behavior", "20:", ["handler"]), ("--behavior", "x:delay", ["'x'", "0 to 100"]),
        ("--behavior", "-5:delay", ["'-5'", "0 to 100"]), ("--behavior", "60:delay,60:error", ["120", "100"]),
        ("--behavior", "0.00001:delay", ["four decimals"]), ("--behavior", "nan:delay", ["'nan'"]),
        ("--behavior", "20:delay,20:delay", ["'delay'", "twice"]), ("--behavior", "20:dely", ["did you mean 'delay'"]),
    ],
)  # fmt: skip
def test_a_wrong_value(flag: str, text: str, words: list[str], tmp_path: Path) -> None:
    line = problem(tmp_path, "", *ENDS, flag, text)
    for word in [flag, f"'{text}'" if flag != "--behavior" else "abort, blackout, corrupt", *words]:
        assert word in line


def test_all_words_of_the_command_line_together() -> None:
    settings = asked(
        "--local", "127.0.0.1:1", "--distant", "[::1]:2", "--behavior", "0.1:error,20:delay", "--seed", "7",
        "--log-level", "error", "--log-output", "x", "--log-format", "json", "--timeout", "1", "--max-sessions", "3",
        "--shutdown-timeout", "4",
    )  # fmt: skip
    (proxy,) = settings.proxies.values()
    assert ends(settings) == {"default": "127.0.0.1:1 -> [::1]:2"}
    assert (str(proxy.behavior), proxy.timeout, proxy.max_sessions) == ("0.1:error,20:delay", 1.0, 3)
    assert (settings.seed, settings.shutdown_timeout) == (7, 4.0)
    assert (settings.log_level, settings.log_output, settings.log_format) == ("error", "x", "json")
