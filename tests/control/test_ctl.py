"""``vaurienctl``: what each command does, and what it prints where nobody looks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.control.clients import client_of, says_back
from tests.control.commands import Ctl, said
from tests.control.controlled import Controlled, controlled
from tests.peers import Backend, receive_exactly
from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.version import __version__


@pytest.fixture
def ctl(api: Controlled) -> Ctl:
    return Ctl(api)


def test_a_behavior_is_shown(ctl: Ctl) -> None:
    client_of(ctl.api).set_behavior("20:delay", sleep=0.5, direction="to_backend")
    assert ctl.lines("behavior")[0].split() == ["proxy", "percent", "handler", "reverts_in", "options"]
    delay, dummy = ctl.rows("behavior")
    assert (delay["proxy"], delay["percent"], delay["handler"], delay["reverts_in"]) == ("default", "20", "delay", "-")
    assert delay["options"].startswith("sleep=0.5 before=true jitter=0.0 ")
    assert (dummy["percent"], dummy["handler"]) == ("80", "dummy")
    assert ctl.rows("behavior", "--proxy", "default") == [delay, dummy]
    now = client_of(ctl.api).get_behavior()
    as_json = {**now.json, "etag": now.etag.strip('"')}
    assert ctl.json("behavior") == {"default": as_json}
    assert ctl.json("behavior", "--proxy", "default") == as_json


def test_a_behavior_is_set(ctl: Ctl) -> None:
    (row,) = ctl.rows(
        "behavior", "100:delay", "--set", "delay.sleep=0.25", "--set", "before=no", "--for", "30s", "--proxy", "default"
    )  # fmt: skip
    assert row["options"].startswith("sleep=0.25 before=false ")
    assert 20 < float(row["reverts_in"]) <= 30
    now = client_of(ctl.api).get_behavior()
    assert now.handlers["delay"]["sleep"] == 0.25 and now.handlers["delay"]["before"] is False
    assert now.reverts_in is not None
    assert ctl.json("behavior", "100:blackout")["behavior"] == "100:blackout"
    assert not says_back(ctl.api)


def test_a_behavior_is_set_only_if_nothing_has_changed(ctl: Ctl) -> None:
    etag = client_of(ctl.api).get_behavior().etag
    ctl.lines("behavior", "5:delay", "--if-match", etag)
    code, line = ctl.refusal("behavior", "6:delay", "--if-match", etag)
    assert code == 1 and "has changed" in line
    assert client_of(ctl.api).get_behavior().behavior == "5:delay"


@pytest.mark.parametrize("words", [("--set", "sleep"), ("--set", "=2"), ("--set", ".sleep=2"), ("--set", "delay.=2")])
def test_an_option_that_is_none_is_a_wrong_command_line(ctl: Ctl, words: tuple[str, str]) -> None:
    code, line = ctl.refusal("behavior", "20:delay", *words)
    assert code == 2 and repr(words[1]) in line and "delay.sleep=2" in line


def test_what_the_daemon_refuses_is_told_in_one_line(ctl: Ctl) -> None:
    code, line = ctl.refusal("behavior", "20:delay", "--set", "delay.sleep=soon")
    assert code == 1 and line.startswith("handlers.delay.sleep: ") and "'soon'" in line
    assert ctl.refusal("behavior", "20:dely")[0] == 1
    assert ctl.refusal("behavior", "--proxy", "nobody")[0] == 1
    assert ctl.refusal("behavior", "20:delay", "--set", "slep=2")[0] == 1
    assert client_of(ctl.api).get_behavior().behavior == "100:dummy"


def test_handlers_and_hooks_are_listed_with_their_options(ctl: Ctl) -> None:
    rows = ctl.rows("handlers")
    assert {row["handler"] for row in rows} == set(HANDLERS.built_in)
    (sleep,) = (row for row in rows if (row["handler"], row["option"]) == ("delay", "sleep"))
    assert (sleep["type"], sleep["default"], sleep["allowed"]) == ("float", "1.0", "0..")
    assert "delay" in sleep["description"].lower()
    assert {row["handler"] for row in ctl.rows("handlers", "hang")} == {"hang"}
    assert ctl.json("handlers", "hang")["name"] == "hang"
    assert [each["name"] for each in ctl.json("handlers")] == sorted(HANDLERS.built_in)
    code, line = ctl.refusal("handlers", "dely")
    assert code == 1 and "choose from abort, blackout" in line
    assert {row["hook"] for row in ctl.rows("hooks")} == set(HOOKS.built_in)
    assert ctl.json("hooks", "limit")["name"] == "limit"


def test_a_proxy_from_its_beginning_to_its_end(ctl: Ctl) -> None:
    distant = client_of(ctl.api).proxy().distant
    (made,) = ctl.rows(
        "proxies", "create", "web", "--local", "127.0.0.1:0", "--distant", distant, "--behavior", "10:delay",
        "--set", "sleep=0.5", "--hooks", "viewer,limit", "--timeout", "2.5", "--max-sessions", "7", "--disabled",
    )  # fmt: skip
    assert made == {
        "proxy": "web", "enabled": "no", "local": "127.0.0.1:0", "listening": "-", "distant": distant, "sessions": "0",
        "timeout": "2.5", "max_sessions": "7", "hooks": "viewer,limit", "behavior": "10:delay", "protocol": "tcp",
        "session_behavior": "-", "tls": "-",
    }  # fmt: skip
    (on,) = ctl.rows("proxies", "enable", "web")
    assert on["enabled"] == "yes" and on["listening"].startswith("127.0.0.1:")
    changed = ctl.json("proxies", "change", "web", "--hooks", "", "--set", "delay.jitter=0.125")
    assert (changed["hooks"], changed["handlers"]["delay"]["jitter"]) == ([], 0.125)
    assert changed["handlers"]["delay"]["sleep"] == 0.5
    assert [row["proxy"] for row in ctl.rows("proxies")] == ["default", "web"]
    assert ctl.rows("proxies", "disable", "web")[0]["enabled"] == "no"
    assert ctl.refusal("proxies", "create", "web", "--local", "127.0.0.1:0", "--distant", distant)[0] == 1
    etag = client_of(ctl.api).proxy("web").etag
    for command in ("delete", "enable", "disable"):
        assert ctl.refusal("proxies", command, "web", "--if-match", '"other"')[0] == 1
    assert ctl.refusal("proxies", "change", "web", "--timeout", "1", "--if-match", '"other"')[0] == 1
    assert ctl.lines("proxies", "delete", "web", "--if-match", etag) == []
    assert [proxy["name"] for proxy in ctl.json("proxies")] == ["default"]


def test_a_change_that_holds_for_a_while(ctl: Ctl) -> None:
    ctl.lines("proxies", "change", "default", "--timeout", "1", "--for", "1m")
    (revert,) = client_of(ctl.api).proxy().reverts
    assert revert.fields == ("timeout",)


def test_sessions_are_listed_and_cut(ctl: Ctl) -> None:
    assert ctl.rows("sessions") == []
    with ctl.api.running.connect() as first, ctl.api.running.connect() as second:
        for peer in (first, second):
            peer.sendall(b"hello")
            assert receive_exactly(peer, 5) == b"hello"
        rows = ctl.rows("sessions", "--proxy", "default")
        assert [row["session"] for row in rows] == ["1", "2"]
        assert (rows[0]["bytes_to_backend"], rows[0]["calls"]) == ("5", "dummy=2")
        assert rows[1]["client"] == "{}:{}".format(*second.getsockname())
        assert ctl.lines("cut", "2") == ["1 session cut"]
        assert [one["ordinal"] for one in ctl.json("sessions")["default"]] == [1]
        assert ctl.refusal("cut", "2")[0] == 1
        assert ctl.json("cut", "--all", "--proxy", "default") == {"cut": 1}
        assert ctl.lines("cut", "--all") == ["0 sessions cut"]
    for words in (("cut",), ("cut", "1", "--all"), ("cut", "one")):
        assert ctl.refusal(*words)[0] == 2


def test_the_status_is_printed_once_where_nobody_looks(ctl: Ctl) -> None:
    with ctl.api.running.connect() as peer:
        peer.sendall(b"hello")
        assert receive_exactly(peer, 5) == b"hello"
        (row,) = ctl.rows("status")
    assert (row["proxy"], row["sessions"], row["opened"], row["calls"]) == ("default", "1", "1", "2")
    assert (row["bytes_to_backend"], row["bytes_to_client"], row["behavior"]) == ("5", "5", "100:dummy")
    assert row["listening"] == "{}:{}".format(*ctl.api.running.address)
    assert ctl.rows("status", "--once")[0]["proxy"] == "default"
    whole = ctl.json("status")
    assert (whole["version"], whole["proxies"][0]["counters"]["sessions_opened"]) == (__version__, 1)


def test_the_commands_of_old(ctl: Ctl) -> None:
    assert ctl.lines("list-handlers") == sorted(HANDLERS.built_in) == ctl.json("list-handlers")
    assert ctl.lines("get-handler") == ["dummy"]
    assert ctl.lines("set-handler", "delay", "--set", "sleep=0.5") == ["handler is delay"]
    assert client_of(ctl.api).get_behavior().handlers["delay"]["sleep"] == 0.5
    assert ctl.json("get-handler") == "delay"
    assert ctl.json("set-handler", "blackout")["behavior"] == "100:blackout"
    assert not says_back(ctl.api)
    assert ctl.refusal("set-handler", "dely")[0] == 1


def test_several_proxies_are_told_apart(echo_backend: Backend) -> None:
    ends = {"local": "127.0.0.1:0", "distant": "{}:{}".format(*echo_backend.address)}
    with controlled(None, sections={"proxy:web": ends, "proxy:my cache": ends}) as api:
        ctl = Ctl(api)
        assert {row["proxy"] for row in ctl.rows("behavior")} == {"web", "my\\x20cache"}
        code, line = ctl.refusal("behavior", "5:delay")
        assert code == 1 and "say which one" in line and "my cache" in line
        ctl.lines("behavior", "5:delay", "--proxy", "my cache")
        assert client_of(api).get_behavior("my cache").behavior == "5:delay"
        assert {row["proxy"] for row in ctl.rows("status")} == {"web", "my\\x20cache"}


def test_a_daemon_without_proxies_has_empty_tables() -> None:
    with controlled() as api:
        for command in ("behavior", "proxies", "sessions", "status"):
            assert Ctl(api).rows(command) == []
            assert len(Ctl(api).lines(command)) == 1


def test_a_token_and_a_url_from_the_environment_or_a_file(
    echo_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with controlled(echo_backend.address, token="secret-of-8") as api:
        code, line = Ctl(api).refusal("get-handler")
        assert code == 1 and "token" in line.lower()
        (tmp_path / "token").write_text("secret-of-8\n")
        assert said("get-handler", "--url", api.url, "--token-file", str(tmp_path / "token")).out == "dummy\n"
        monkeypatch.setenv("VAURIEN_URL", f"{api.url}/")
        monkeypatch.setenv("VAURIEN_TOKEN", "secret-of-8")
        assert said("get-handler").out == "dummy\n"
        (tmp_path / "token").write_text("another")
        assert said("--token-file", str(tmp_path / "token"), "get-handler").code == 1


def test_a_unix_socket_is_as_good(echo_backend: Backend, tmp_path: Path) -> None:
    with controlled(echo_backend.address, http=f"unix:{tmp_path}/api"):
        assert said("get-handler", "--url", f"unix:{tmp_path}/api").out == "dummy\n"


def test_a_daemon_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = said("status", "--url", f"unix:{tmp_path}/api")
    assert done == (1, "", f"vaurienctl: unix:{tmp_path}/api: no daemon answers there: no such file or directory\n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "COMMAND"),
        (("nonsense",), "nonsense"),
        (("status", "--nonsense"), "--nonsense"),
        (("status", "--interval", "0"), "0.05 to 3600"),
        (("status", "--interval", "x"), "x"),
        (("status", "--url", "nonsense"), "write http://HOST:PORT"),
        (("status", "--token-file", "/nonsense"), "cannot read /nonsense: no such file"),
        (("behavior", "--for", "30s"), "need a BEHAVIOR"),
        (("behavior", "--set", "delay.sleep=2"), "need a BEHAVIOR"),
        (("proxies", "create", "web"), "required: --distant"),
        (("proxies", "change", "web"), "say what is to change"),
        (("proxies", "change", "web", "--set", "sleep=2"), "HANDLER.sleep=VALUE"),
        (("proxies", "nonsense"), "nonsense"),
        (("completion", "csh"), "csh"),
        (("set-handler",), "HANDLER"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_code_2(words: tuple[str, ...], problem: str) -> None:
    code, out, err = said(*words)
    assert (code, out, err.count("\n")) == (2, "", 1) and err.startswith("vaurienctl: ")
    assert problem in err


def test_a_token_that_is_none_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("very secret")
    code, _, err = said("status", "--token-file", str(tmp_path / "token"))
    assert code == 2 and "secret" not in err


def test_help_and_version() -> None:
    assert said("--version") == (0, f"vaurienctl {__version__}\n", "")
    code, out, _ = said("--help")
    assert code == 0
    for command in ("status", "behavior", "handlers", "proxies", "sessions", "cut", "events", "set-handler"):
        assert f"\n    {command}" in out
        assert said(command, "--help").code == 0
    assert max(map(len, out.splitlines())) <= 100


def test_options_stand_before_or_after_the_command(ctl: Ctl) -> None:
    before = said("--json", "--url", ctl.url, "proxies")
    assert before == said("proxies", "--url", ctl.url, "--json")
    assert json.loads(before.out)[0]["name"] == "default"


def test_protocols_are_shown_and_set(ctl: Ctl) -> None:
    rows = {row["protocol"]: row["errors"] for row in ctl.rows("protocols")}
    assert rows["redis"] == "LOADING" and "tcp" in rows
    distant = client_of(ctl.api).proxy().distant
    argv = ("proxies", "create", "web", "--distant", distant, "--protocol", "http", "--command-metrics", "yes")
    made = ctl.json(*argv)
    assert (made["protocol"], made["command_metrics"]) == ("http", True)
    assert ctl.json("proxies", "change", "web", "--protocol", "tcp")["protocol"] == "tcp"
