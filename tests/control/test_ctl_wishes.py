"""``vaurienctl``: what those asked for who tried it first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.control.clients import client_of, says_back
from tests.control.commands import DEADLINE, Ctl, process, said
from tests.control.controlled import Controlled, controlled
from tests.peers import Backend


@pytest.fixture
def ctl(api: Controlled) -> Ctl:
    return Ctl(api)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("behavior", "default"),
        ("behavior --proxy default", None),
        ("behavior 5:delay", None),
        ("set-handler delay", None),
        ("proxies", 0),
        ("proxies change default --timeout 3", None),
    ],
)
def test_the_version_that_json_shows_is_taken_without_its_quotation_marks(
    ctl: Ctl, words: str, place: str | int | None
) -> None:
    shown = ctl.json(*words.split())
    etag = (shown if place is None else shown[place])["etag"]
    assert '"' not in etag
    ctl.lines("proxies", "disable", "default", "--if-match", f"of-yesterday, {etag}")
    assert ctl.refusal("proxies", "enable", "default", "--if-match", etag)[0] == 1
    ctl.lines("proxies", "enable", "default", "--if-match", "*")


def test_a_token_that_is_missing_wrong_or_empty_is_told_apart(
    echo_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    with controlled(echo_backend.address, token="secret-of-8") as api:
        ctl = Ctl(api)
        code, line = ctl.refusal("status")
        assert code == 1 and "--token-file" in line and "VAURIEN_TOKEN" in line and "wrong" not in line
        monkeypatch.setenv("VAURIEN_TOKEN", "another")
        code, line = ctl.refusal("status")
        assert code == 1 and line.startswith("the token is wrong") and line.endswith("VAURIEN_TOKEN")
        file.write_text("a-third")
        code, line = ctl.refusal("status", "--token-file", str(file))
        assert code == 1 and line.startswith("the token is wrong") and line.endswith(str(file))
        file.write_text(" \n")
        assert ctl.refusal("status", "--token-file", str(file)) == (2, f"--token-file: {file} is empty")


def test_a_proxy_listens_on_any_port_if_nothing_is_said(ctl: Ctl) -> None:
    (made,) = ctl.rows("proxies", "create", "web", "--distant", "127.0.0.1:1")
    assert made["local"] == "127.0.0.1:0" and made["listening"].startswith("127.0.0.1:")
    assert client_of(ctl.api).create_proxy("other", distant="127.0.0.1:1").local == "127.0.0.1:0"


def test_what_holds_for_a_while(ctl: Ctl) -> None:
    client = client_of(ctl.api)
    ctl.lines("set-handler", "delay", "--for", "1m")
    assert 30 < (client.get_behavior().reverts_in or 0) <= 60
    ctl.lines("proxies", "disable", "default", "--for", "1m")
    assert {field for revert in client.proxy().reverts for field in revert.fields} >= {"enabled"}
    client.create_proxy("web", distant="127.0.0.1:1", enabled=False)
    ctl.lines("proxies", "enable", "web", "--for", "1m")
    assert client.proxy("web").reverts[0].fields == ("enabled",)
    assert "delete it after so long" in said("proxies", "create", "--help").out


def test_options_of_a_handler_without_a_share_are_noted(ctl: Ctl) -> None:
    done = ctl.say("behavior", "20:delay", "--set", "error.inject=1", "--set", "delay.sleep=0")
    assert (done.code, done.err.count("\n")) == (0, 1) and "note: error has no share now" in done.err
    assert ctl.lines("behavior", "20:delay", "--set", "delay.sleep=0")


def test_so_they_are_wherever_options_are_set(ctl: Ctl) -> None:
    note = "vaurienctl: note: {} has no share now, so it gets no calls\n"
    assert ctl.say("set-handler", "delay", "--set", "error.inject=1").err == note.format("error")
    assert ctl.say("proxies", "change", "default", "--set", "hang.direction=both").err == note.format("hang")
    new = ("proxies", "create", "web", "--distant", "127.0.0.1:1", "--behavior", "5:delay", "--set", "sleep=1")
    assert ctl.say(*new, "--set", "abort.direction=both").err == note.format("abort")
    ctl.lines("proxies", "change", "web", "--set", "delay.sleep=2")
    ctl.lines("set-handler", "delay", "--set", "sleep=1", "--proxy", "default")


def test_options_of_hooks_are_set(ctl: Ctl) -> None:
    new = ("proxies", "create", "web", "--distant", "127.0.0.1:1", "--hooks", "limit,viewer")
    ctl.lines(*new, "--set-hook", "limit.rate=2.5", "--set-hook", "viewer.items=size,data", "--set-hook=limit.burst=3")
    held = client_of(ctl.api).proxy("web").hook_options
    assert (held["limit"]["rate"], held["limit"]["burst"], held["viewer"]["items"]) == (2.5, 3, ["size", "data"])
    shown = ctl.json("proxies", "change", "web", "--set-hook", "limit.answer=a=b.c")["hook_options"]
    assert (shown["limit"]["answer"], shown["limit"]["rate"]) == ("a=b.c", 2.5)
    code, line = ctl.refusal("proxies", "change", "web", "--set-hook", "limit.rat=1")
    assert code == 1 and line.startswith("hook_options.limit.rat: ") and "rate" in line
    for wrong in ("rate=1", ".rate=1", "limit.rate", "limit.=1"):
        code, line = ctl.refusal("proxies", "change", "web", "--set-hook", wrong)
        assert code == 2 and line.startswith(f"--set-hook: {wrong!r} is no HOOK.OPTION=VALUE")


def test_what_is_held_is_shown_and_released(ctl: Ctl) -> None:
    client = client_of(ctl.api)
    with client.behavior("100:hang") as held:
        (row,) = ctl.rows("behavior")
        assert (row["handler"], row["reverts_in"]) == ("hang", f"hold:{held.hold}")
        assert ctl.rows("status")[0]["reverts_in"] == "-"
        (row,) = ctl.rows("release", str(held.hold))
        assert (row["handler"], row["reverts_in"]) == ("dummy", "-")
        code, line = ctl.refusal("release", str(held.hold), "--proxy", "default")
        assert code == 1 and "no such hold" in line
    assert ctl.refusal("release", "x")[0] == 2
    with client.behavior("100:hang", for_=60) as held:
        assert 50 < float(ctl.rows("behavior")[0]["reverts_in"]) <= 60
        assert ctl.json("release", str(held.hold))["behavior"] == "100:dummy"


def test_how_sessions_have_ended_is_shown(ctl: Ctl) -> None:
    assert says_back(ctl.api)
    ctl.lines("behavior", "100:blackout")
    assert not says_back(ctl.api)
    counters = ctl.api.running.proxy.counters
    ctl.api.running.wait_until(lambda: sum(counters.ended.values()) == 2, "both sessions are over")
    rows = {row["of"]: row["count"] for row in ctl.rows("counters")}
    assert rows["sessions opened"] == "2" and rows["sessions ended: ended by blackout"] == "1"
    assert sum(int(count) for of, count in rows.items() if of.startswith("sessions ended: ")) == 2
    assert (rows["bytes to client"], rows["calls to backend: blackout"]) == ("5", "1")
    whole = client_of(ctl.api).counters().json
    assert ctl.json("counters") == {"default": whole} and ctl.json("counters", "--proxy", "default") == whole
    assert ctl.json("status")["proxies"][0]["counters"]["sessions_ended"] == whole["sessions_ended"]


def test_who_has_several_proxies_is_told_how_to_name_one(ctl: Ctl) -> None:
    client_of(ctl.api).create_proxy("a b", distant="127.0.0.1:1")
    code, line = ctl.refusal("behavior", "5:delay")
    assert code == 1 and line.endswith("say which one by --proxy NAME: the daemon has default, 'a b'")


def test_a_daemon_that_stops_is_told_as_stopped(echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as api:
        following = process("events", "--url", api.url)
        running = following.__enter__()
        api.running.wait_until(lambda: api.running.daemon.shared.events.listened, "a listener")
    try:
        assert running.communicate(timeout=DEADLINE) == ("", "vaurienctl: the daemon has stopped\n")
        assert running.returncode == 1
    finally:
        following.__exit__(None, None, None)


def test_defaults_are_shown_as_they_are_typed(ctl: Ctl) -> None:
    shown = {(row["hook"], row["option"]): row["default"] for row in ctl.rows("hooks")}
    there = {(hook.name, option.name): option.default for hook in client_of(ctl.api).hooks() for option in hook.options}
    lists = {key: value for key, value in there.items() if isinstance(value, list) and value}
    assert lists and all(shown[key] == ",".join(value) for key, value in lists.items())
    assert {shown[key] for key, value in there.items() if value is None} <= {"-"}
    assert {shown[key] for key, value in there.items() if value in ("", [])} == {"''"}
