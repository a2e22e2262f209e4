"""Session handlers of the user's own: classes, functions, names in a section, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.path.tools import how_it_ends
from tests.peers import Backend, receive_exactly
from tests.session_handlers.tools import beginning, counted, ended
from vaurien import cli, config, ini
from vaurien.errors import ConfigError

OWN = "tests.session_handlers.own"


def test_a_class_that_derives_from_nothing(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, f"100:{OWN}.Greet", {"greet.word": "welcome-"}) as daemon:
        with daemon.connect() as client:
            client.sendall(b"question")
            assert receive_exactly(client, 16) == b"welcome-question"
        assert counted(daemon) == {"greet": 1}


def test_a_function(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, f"100:{OWN}.plain") as daemon:
        with daemon.connect() as client:
            client.sendall(b"q")
            assert receive_exactly(client, 1) == b"q"
        with daemon.connect() as client:
            assert how_it_ends(client) == "end"
        assert ended(daemon) == {"client closed": 1, f"ended by {OWN}.plain": 1}


def built(text: str, folder: Path) -> config.DaemonSettings:
    path = folder / "v.ini"
    path.write_text(text)
    return config.build(ini.read(str(path)), {})


CHECKED = ["--check-config", "--distant", "localhost:9"]
GOOD = "[vaurien]\nlocal = localhost:0\ndistant = localhost:9\n"


def test_a_section_gives_it_a_name(tmp_path: Path) -> None:
    settings = built(
        f"{GOOD}session_behavior = 10:third\n[session_handler:third]\ncallable = silent\ntime = 5\n", tmp_path
    )
    proxy = settings.proxies["default"]
    assert str(proxy.session_behavior) == "10:third"
    assert proxy.session_handlers["third"].given == {"time": 5.0}
    assert {"third", "refuse", "silent", "slow_open"} <= set(settings.session_handlers)


def test_a_proxy_has_options_of_its_own(tmp_path: Path) -> None:
    settings = built(
        "[vaurien]\nsession_behavior = 10:silent\n[session_handler:silent]\ntime = 5\n"
        "[proxy:a]\nlocal = localhost:0\ndistant = localhost:9\n[proxy:a:session_handler:silent]\ntime = 6\n"
        "[proxy:b]\nlocal = localhost:0\ndistant = localhost:9\n"
        "[proxy:c]\nlocal = localhost:0\ndistant = localhost:9\nsession_behavior =\n",
        tmp_path,
    )
    given = {name: proxy.session_handlers["silent"].given for name, proxy in settings.proxies.items()}
    assert given == {"a": {"time": 6.0}, "b": {"time": 5.0}, "c": {"time": 5.0}}
    assert [str(proxy.session_behavior) for proxy in settings.proxies.values()] == ["10:silent", "10:silent", ""]


CHOICES = "choose from refuse, silent, slow_open"


@pytest.mark.parametrize(
    ("rest", "line"),
    [
        (
            "session_behavior = 10:refus",
            f"session_behavior: unknown session handler 'refus'; did you mean 'refuse'? {CHOICES}",
        ),
        (
            "session_behavior = 10:delay",
            f"session_behavior: 'delay' is a handler of calls, which belongs to behavior; {CHOICES}",
        ),
        (
            "session_behavior = 10:vaurien.handlers.hang.Hang",
            f"session_behavior: 'hang' is a handler of calls, which belongs to behavior; {CHOICES}",
        ),
        (
            "session_behavior = 10:x\n[session_handler:x]\ncallable = delay",
            f"[session_handler:x] callable: 'delay' is a handler of calls, which belongs to behavior; {CHOICES}",
        ),
        (
            "behavior = 10:silent",
            "behavior: 'silent' is a session handler, which belongs to session_behavior; choose from abort, blackout,",
        ),
        (
            "behavior = 10:vaurien.session_handlers.silent.Silent",
            "behavior: 'silent' is a session handler, which belongs to session_behavior; choose from abort, blackout,",
        ),
        (
            "session_behavior = 60:refuse,50:silent",
            "session_behavior: the weights of '60:refuse,50:silent' add up to 110, over 100: write "
            "WEIGHT:SESSION_HANDLER,… with weights in percent, such as 10:refuse,5:silent; session handlers: refuse,",
        ),
        ("session_behavior = 10", "session_behavior: '10' has no colon: write WEIGHT:SESSION_HANDLER,…"),
        ("session_behavior = 10:", "session_behavior: '10:' has no session handler: write WEIGHT:"),
        (
            "[session_handler:silent]\ntime = -1",
            "[session_handler:silent] time: expected a number of seconds, 0 or more, not '-1'",
        ),
        (
            "[session_handler:silent]\ntine = 1",
            "[session_handler:silent] tine: unknown option; did you mean 'time'? choose from match, time",
        ),
        (
            "[session_handler:sillent]\ntime = 1",
            "[session_handler:sillent]: unknown session handler 'sillent'; did you",
        ),
        ("[session_handlers:silent]\ntime = 1", "unknown section; did you mean 'session_handler:silent'?"),
        (
            f"session_behavior = 10:{OWN}.Uncalled",
            "session_behavior: Uncalled has no __call__, so it cannot be a session handler",
        ),
        (
            f"session_behavior = 10:{OWN}.number",
            f"session_behavior: '{OWN}.number' is no class or function, so it cannot be a session handler",
        ),
        (
            "[session_handler:refuse]\nmatch = client:10.0.0.0/8 path:/x",
            "match: unknown key 'path' at character 19: a session as a whole has client, session",
        ),
        ("[session_handler:refuse]\nmatch = session:0", "match: expected an ordinal such as 3, 3-5 or 10-, not '0'"),
        ("[session_handler:refuse]\nmatch = 3", "write KEY:VALUE … such as client:10.0.0.0/8 session:3-5"),
        ("[session_handler:refuse]\nmatch = client:10.0.0", "match: expected an address or a network such as"),
    ],
)
def test_what_is_wrong_is_one_line_that_says_where(rest: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        built(GOOD + rest + "\n", tmp_path)
    assert line in str(caught.value) and "\n" not in str(caught.value)


def test_one_that_cannot_be_made(echo_backend: Backend) -> None:
    with (
        pytest.raises(ConfigError, match="session handler unmade: cannot be made: RuntimeError: not today"),
        beginning(echo_backend.address, f"100:{OWN}.Unmade"),
    ):
        pass


@pytest.mark.parametrize("form", [["--session-handlers.silent.time", "7"], ["--session-handlers.silent.time=7"]])
def test_the_command_line_sets_an_option(form: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*CHECKED, "--session-behavior", "10:silent", *form]) == 0
    assert "10 % of sessions  silent  time=7.0" in capsys.readouterr().out


def test_what_is_wrong_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*CHECKED, "--session-handlers.silent.time=never"]) == 2
    line = "vaurien: --session-handlers.silent.time: expected a number of seconds, 0 or more, not 'never'"
    assert capsys.readouterr().err == f"{line}\n"
