"""The command line: what each word of it becomes, and what is said of a wrong one."""

from pathlib import Path

import pytest

from tests.asking import ENDS, asked, line_of, option
from vaurien import arguments
from vaurien.arguments import OPTIONS, SWITCHES
from vaurien.errors import ConfigError
from vaurien.ini import Given
from vaurien.sections import SYNONYMS

NAMES = [*OPTIONS, *SYNONYMS]


def error(*argv: str) -> str:
    with pytest.raises(ConfigError) as caught:
        asked(*argv)
    return line_of(caught.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["value", "", "-5:delay", "a=b", "two words"])
def test_an_option_is_taken_with_a_space_and_with_an_equals_sign(name: str, text: str) -> None:
    flag = "--" + name.replace("_", "-")
    expected = {"vaurien": {name: Given(text, flag)}}
    if name not in SWITCHES or text != "-5:delay":  # which needs no value, so that this is another option
        assert arguments.parse([flag, text]).sections == expected
    assert arguments.parse([f"{flag}={text}"]).sections == expected


@pytest.mark.parametrize("more", [[], ["--seed", "1"], ["--http-port=0"]])
def test_the_switch_of_the_control_api_needs_no_value(more: list[str]) -> None:
    for argv in (["--http", *more], [*more, "--http"]):
        assert arguments.parse(argv).sections["vaurien"]["http"] == Given("", "--http", bare=True)


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_needs_no_value(name: str) -> None:
    flag = "--" + name.replace("_", "-")
    for argv in ([flag], [flag, "--seed", "1"], ["--seed", "1", flag]):
        assert arguments.parse(argv).sections["vaurien"][name] == Given("", flag, bare=True)


def test_the_options_are_those_that_the_contract_names() -> None:
    assert set(NAMES) == {
        "local", "distant", "behavior", "timeout", "max_sessions", "seed", "shutdown_timeout",
        "log_level", "log_output", "log_format", "hooks", "proxy", "backend", "enabled",
        "http", "http_host", "http_port", "http_hosts", "http_toxiproxy_metrics", "http_token_file",
        "statsd_host", "statsd_port", "statsd_prefix",
        "protocol", "command_metrics", "caller_header", "max_active", "session_behavior",
        "tls_cert", "tls_key", "tls_self_signed", "tls_implicit",
        "distant_tls", "distant_tls_implicit",
        "distant_ca", "distant_name", "distant_cert", "distant_key", "distant_verify",
    }  # fmt: skip


def test_nothing_given_is_nothing_asked() -> None:
    assert arguments.parse([]) == arguments.Arguments()


@pytest.mark.parametrize(
    ("argv", "field"),
    [
        (["--check-config"], "check_config"),
        (["--demo"], "demo"),
        (["--version"], "version"),
        (["--help"], "help"),
        (["-h"], "help"),
    ],
)
def test_what_is_to_be_done(argv: list[str], field: str) -> None:
    assert arguments.parse(argv) == arguments.Arguments(**{field: True})


@pytest.mark.parametrize("argv", [["--config", "a.ini"], ["--config=a.ini"]])
def test_the_file(argv: list[str]) -> None:
    assert arguments.parse(argv).config == "a.ini"


@pytest.mark.parametrize(
    ("argv", "section", "name", "expected"),
    [
        ("--handlers.delay.sleep 2", "handler:delay", "sleep", ("2", "--handlers.delay.sleep", False)),
        ("--handlers.delay.sleep=2", "handler:delay", "sleep", ("2", "--handlers.delay.sleep", False)),
        ("--handlers.delay.sleep=", "handler:delay", "sleep", ("", "--handlers.delay.sleep", False)),
        ("--handlers.delay.sleep -2", "handler:delay", "sleep", ("-2", "--handlers.delay.sleep", False)),
        ("--handlers.delay.before", "handler:delay", "before", ("", "--handlers.delay.before", True)),
        ("--handlers.delay.before --seed 1", "handler:delay", "before", ("", "--handlers.delay.before", True)),
        ("--handlers.delay.before false", "handler:delay", "before", ("false", "--handlers.delay.before", False)),
        ("--handlers.a.b.C.sleep 2", "handler:a.b.C", "sleep", ("2", "--handlers.a.b.C.sleep", False)),
        ("--handlers.mine.two-words 2", "handler:mine", "two_words", ("2", "--handlers.mine.two-words", False)),
        ("--behavior-delay-sleep 2", "handler:delay", "sleep", ("2", "--behavior-delay-sleep", False)),
        ("--behavior-delay-sleep=2", "handler:delay", "sleep", ("2", "--behavior-delay-sleep", False)),
        ("--behavior-delay-before", "handler:delay", "before", ("", "--behavior-delay-before", True)),
        ("--behavior-half_close-direction both", "handler:half_close", "direction",
         ("both", "--behavior-half_close-direction", False)),
    ],
)  # fmt: skip
def test_handler_options(argv: str, section: str, name: str, expected: tuple[str, str, bool]) -> None:
    assert arguments.parse(argv.split()).sections[section] == {name: Given(*expected)}


@pytest.mark.parametrize("flag", ["--handlers.delay.before", "--behavior-delay-before"])
@pytest.mark.parametrize(
    ("words", "value"),
    [([], True), (["false"], False), (["true"], True), (["no"], False), (["0"], False), (["ON"], True)],
)
def test_a_default_true_flag_can_be_turned_off(flag: str, words: list[str], value: bool) -> None:
    for argv in ([flag, *words], [f"{flag}={words[0]}"] if words else [flag, "--seed", "1"]):
        assert option(asked(*ENDS, *argv), "default", "delay", "before") is value


def test_the_last_of_two_holds() -> None:
    assert asked(*ENDS, "--seed", "1", "--seed", "2").seed == 2
    argv = ["--handlers.delay.sleep", "1", "--handlers.delay.sleep=2"]
    assert option(asked(*ENDS, *argv), "default", "delay", "sleep") == 2.0


@pytest.mark.parametrize(
    ("argv", "local", "distant"),
    [
        (["--proxy", "127.0.0.1:1", "--backend", "127.0.0.1:2"], "127.0.0.1:1", "127.0.0.1:2"),
        (["--proxy=127.0.0.1:1", "--distant", "[::1]:2"], "127.0.0.1:1", "[::1]:2"),
        (["--local", "unix:/a", "--backend", "unix:/b"], "unix:/a", "unix:/b"),
        (["--distant", "name:2"], "localhost:8000", "name:2"),
    ],
)
def test_where_it_listens_and_sends(argv: list[str], local: str, distant: str) -> None:
    (proxy,) = asked(*argv).proxies.values()
    assert (str(proxy.local), str(proxy.distant)) == (local, distant)


WRONG = [
    (["--distannt", "x"], ["--distannt: unknown option; did you mean '--distant'? vaurien --help lists all"]),
    (["--behaviour", "20:delay"], ["--behaviour", "did you mean '--behavior'"]),
    (["--log_level", "debug"], ["--log_level", "did you mean '--log-level'"]),
    (["--dist", "localhost:80"], ["--dist", "unknown option"]),
    (["--distannt=localhost:80"], ["--distannt: ", "did you mean '--distant'"]),
    (["-x"], ["-x", "unknown option; vaurien --help lists all"]),
    (["localhost:80"], ["localhost:80: no option comes before it", "--local localhost:80 or --distant localhost:80"]),
    (["localhost"], ["localhost: no option comes before it", "--distant HOST:PORT"]),
    (["--check-config=1"], ["--check-config"]),
    (["--handlers.delay", "2"], ["--handlers.delay", "--handlers.NAME.OPTION VALUE"]),
    (["--handlers..sleep", "2"], ["--handlers..sleep", "--handlers.NAME.OPTION VALUE"]),
    (["--handlers.delay.", "2"], ["--handlers.delay.", "--handlers.NAME.OPTION VALUE"]),
    (["--behavior-delay", "2"], ["--behavior-delay"]),
    ([*ENDS, "--handlers.delay.slep", "2"], ["--handlers.delay.slep", "did you mean 'sleep'", "jitter"]),
    ([*ENDS, "--behavior-delay-slep", "2"], ["--behavior-delay-slep", "did you mean 'sleep'"]),
    ([*ENDS, "--handlers.delay.sleep", "soon"], ["--handlers.delay.sleep", "a number of seconds, 0 or more", "'soon'"]),
    ([*ENDS, "--handlers.delay.sleep", "-1"], ["--handlers.delay.sleep", "0 or more", "'-1'"]),
    ([*ENDS, "--handlers.delay.sleep", "nan"], ["--handlers.delay.sleep", "'nan'"]),
    ([*ENDS, "--handlers.delay.sleep"], ["--handlers.delay.sleep", "a number of seconds"]),
    ([*ENDS, "--handlers.delay.before", "maybe"], ["--handlers.delay.before", "true or false", "'maybe'"]),
    ([*ENDS, "--handlers.delay.distribution", "gauss"], ["distribution", "uniform, normal, lognormal", "'gauss'"]),
    ([*ENDS, "--handlers.corrupt.rate", "50"], ["--handlers.corrupt.rate", "from 0 to 1", "'50'"]),
    ([*ENDS, "--handlers.delay.direction", "up"], ["--handlers.delay.direction", "both, to_backend, to_client"]),
    ([*ENDS, "--proxy", "localhost:1"], ["--proxy", "--local", "one of them"]),
    ([*ENDS, "--backend", "localhost:1"], ["--backend", "--distant", "one of them"]),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "words"), WRONG, ids=[" ".join(argv[-2:]) for argv, _ in WRONG])
def test_a_wrong_word_is_named(argv: list[str], words: list[str]) -> None:
    line = error(*argv)
    for word in words:
        assert word in line


@pytest.mark.parametrize("flag", ["--distant", "--config", "--seed", "--proxy"])
@pytest.mark.parametrize("more", [[], ["--version"], ["--timeout", "1"], ["--timeout=1"]])
def test_a_flag_without_its_value(flag: str, more: list[str]) -> None:
    assert flag in error(flag, *more).partition(": ")[0], "the flag stands where the place of an error stands"


def test_options_are_never_guessed_from_their_beginning(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--conf"):
        arguments.parse(["--conf", str(tmp_path)])


@pytest.mark.parametrize("end", ["localhost:8000", "[::1]:8000", "unix:/s"])
def test_a_proxy_is_not_its_own_backend(end: str) -> None:
    with pytest.raises(ConfigError) as caught:
        asked("--local", end, "--distant", end)
    assert line_of(caught.value) == f"--distant: {end} is where the proxy itself listens: say where its backend is"
    asked("--local", "localhost:0", "--distant", "localhost:8000")
