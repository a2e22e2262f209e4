"""``vaurienctl session-behavior`` and ``session-handlers``, and what ``proxies`` says of them."""

from __future__ import annotations

import pytest

from tests.control.clients import client_of
from tests.control.commands import Ctl
from tests.control.controlled import Controlled
from tests.path.tools import fate_of_a_client
from vaurien.session_handlers import SESSION_HANDLERS


@pytest.fixture
def ctl(api: Controlled) -> Ctl:
    return Ctl(api)


def test_it_is_set_and_shown(ctl: Ctl) -> None:
    assert ctl.lines("session-behavior")[0].split() == [
        "proxy", "percent", "session_handler", "reverts_in", "options"
    ]  # fmt: skip
    assert ctl.rows("session-behavior") == []
    row, *more = ctl.rows("session-behavior", "10:silent,90:refuse", "--set", "silent.time=5")
    assert (row["proxy"], row["percent"], row["session_handler"]) == ("default", "10", "silent")
    assert "time=5.0" in row["options"] and [each["session_handler"] for each in more] == ["refuse"]
    assert [row, *more] == ctl.rows("session-behavior") == ctl.rows("session-behavior", "--proxy", "default")
    shown = ctl.json("session-behavior", "--proxy", "default")
    assert set(shown) == {"session_behavior", "session_handlers", "etag", "reverts_in"} and shown["reverts_in"] is None
    assert ctl.json("session-behavior") == {"default": shown}
    assert ctl.rows("session-behavior", "") == []


def test_it_holds(ctl: Ctl) -> None:
    ctl.lines("session-behavior", "100:refuse", "--if-match", ctl.json("session-behavior")["default"]["etag"])
    assert fate_of_a_client(ctl.api.running) == "reset"
    assert "1  sessions of session handler: refuse" in "\n".join(ctl.lines("counters"))


def test_it_goes_back(ctl: Ctl) -> None:
    (row,) = ctl.rows("session-behavior", "100:refuse", "--for", "1h")
    assert 3590 < float(row["reverts_in"]) <= 3600
    assert 3590 < ctl.json("session-behavior")["default"]["reverts_in"] <= 3600
    (revert,) = client_of(ctl.api).proxy().reverts
    assert revert.fields == ("session_behavior", "session_handlers")


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("10:refus",), 1, "session_behavior: there is no session handler 'refus' here; did you mean 'refuse'?"),
        (("10:delay",), 1, "session_behavior: 'delay' is a handler of calls, which belongs to behavior; choose from"),
        (("10:silent", "--set", "silent.time=soon"), 1, "session_handlers.silent.time: expected a number of seconds"),
        (("10:silent", "--set", "time=5"), 2, "--set: 'time=5' is no HANDLER.OPTION=VALUE, such as silent.time=5"),
        (("--set", "silent.time=5"), 2, "--set, --for and --if-match need a SESSION_BEHAVIOR, such as 10:refuse"),
    ],
)
def test_what_is_wrong_is_one_line(ctl: Ctl, words: tuple[str, ...], code: int, line: str) -> None:
    found, said = ctl.refusal("session-behavior", *words)
    assert found == code and said.startswith(line)


def test_a_proxy_is_made_and_changed_with_one(ctl: Ctl) -> None:
    distant = client_of(ctl.api).proxy().distant
    words = ("--session-behavior", "5:silent", "--set-session", "silent.time=3")
    ctl.lines("proxies", "create", "web", "--distant", distant, *words)
    made = client_of(ctl.api).proxy("web")
    assert (made.session_behavior, made.session_handlers["silent"]["time"]) == ("5:silent", 3)
    ctl.lines("proxies", "change", "web", "--set-session", "silent.time=4")
    changed = client_of(ctl.api).proxy("web")
    assert (changed.session_behavior, changed.session_handlers["silent"]["time"]) == ("5:silent", 4)


def test_those_that_can_be_chosen_are_listed(ctl: Ctl) -> None:
    rows = ctl.rows("session-handlers")
    assert {row["session_handler"] for row in rows} == set(SESSION_HANDLERS.built_in)
    assert ctl.json("session-handlers", "silent")["name"] == "silent"
    code, line = ctl.refusal("session-handlers", "silnt")
    assert code == 1 and "there is no session handler 'silnt' here; choose from refuse, silent, slow_open" in line
