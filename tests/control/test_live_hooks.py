"""Options of hooks, changed while a daemon runs; and what refuses to be made with those that it got."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.control.clients import client_of
from tests.control.controlled import Controlled, controlled
from tests.peers import Backend
from vaurien.client import Invalid
from vaurien.handlers.base import BaseHandler
from vaurien.hooks.base import Hook
from vaurien.hooks.message import Message

PROXY = "/v1/proxies/default"


class Mark(Hook):
    """Puts a mark before what passes to the client. It looks at its option once, when it is made."""

    name = "mark"
    options = {"with": ("What is put there", str, "<"), "times": ("How often", int, 1)}
    closed: list[str] = []

    def __init__(self, settings: Any = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        self.mark = self.option("with") * self.option("times")
        if self.mark == "x":
            raise ValueError("not that one")

    def incoming(self, message: Message) -> Message:
        return message if message.to_backend else Message(self.mark.encode() + message.data, False)

    def close(self) -> None:
        self.closed.append(self.mark)


class Picky(BaseHandler):
    """A handler that does not take every text."""

    name = "picky"
    options = {"text": ("What to say", str, "good")}

    def __init__(self, settings: Any = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        if self.option("text") != "good":
            raise ValueError("not that one")

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, data)


MARK = f"{__name__}.Mark"
PICKY = f"{__name__}.Picky"


@pytest.fixture
def marked(echo_backend: Backend) -> Iterator[Controlled]:
    """A proxy with the hook, which the operator has given an option, and with the handler to choose."""
    Mark.closed.clear()
    sections = {f"hook:{MARK}": {"times": 2}}
    with controlled(echo_backend.address, f"0:{PICKY}", hooks=MARK, sections=sections) as api:
        yield api


def says(api: Controlled) -> bytes:
    """What an echo behind the proxy says of one byte."""
    with api.running.connect() as client:
        client.sendall(b"e")
        client.shutdown(1)
        answer = b""
        while data := client.recv(100):
            answer += data
        return answer


def change(api: Controlled, **body: Any) -> dict[str, Any]:
    status, _, found = api.call("PATCH", PROXY, {name.rstrip("_"): value for name, value in body.items()})
    assert status == 200, found
    assert isinstance(found, dict)
    return found


def test_options_are_shown_and_change_from_the_next_call_on(marked: Controlled) -> None:
    shown = marked.call("GET", PROXY)[2]["hook_options"]
    assert shown == {"mark": {"with": "<", "times": 2, "priority": None}}
    assert says(marked) == b"<<e"
    with marked.running.connect() as client:
        client.sendall(b"e")
        assert client.recv(10) == b"<<e"
        found = change(marked, hook_options={"mark": {"with": "#"}})
        assert found["hook_options"]["mark"] == {"with": "#", "times": 2, "priority": None}
        client.sendall(b"e")
        assert client.recv(10) == b"##e"
    marked.running.wait_until(lambda: Mark.closed == ["<<"], "the one before is closed")


def test_hooks_that_are_named_have_the_options_that_were_configured(marked: Controlled) -> None:
    change(marked, hook_options={"mark": {"with": "#", "times": "3"}})
    assert says(marked) == b"###e"
    found = change(marked, hooks=["mark"], hook_options={"mark": {"with": "+"}})
    assert (says(marked), found["hook_options"]["mark"]["times"]) == (b"++e", 2)
    change(marked, hooks="mark")
    assert says(marked) == b"<<e"
    change(marked, hooks=["mark"])
    assert Mark.closed == ["<<", "###", "++"], "one that stays as it is stays at work"
    assert change(marked, hooks=[])["hook_options"] == {}
    assert says(marked) == b"e"


def test_for_a_while_and_under_what_is_set_for_good(marked: Controlled) -> None:
    before = marked.call("GET", PROXY)[2]
    change(marked, hook_options={"mark": {"with": "#"}}, for_=0.05)
    marked.running.wait_until(lambda: not marked.control.live.temporary("default"), "it goes back")
    assert marked.call("GET", PROXY)[2] == {**before, "sessions": 0}
    assert says(marked) == b"<<e"
    change(marked, hooks=["mark"], hook_options={"mark": {"with": "+"}}, for_=0.1)
    change(marked, hook_options={"mark": {"times": 1}})
    assert says(marked) == b"+e" or not marked.control.live.temporary("default")
    marked.running.wait_until(lambda: not marked.control.live.temporary("default"), "it goes back")
    assert says(marked) == b"<e"
    change(marked, hook_options={"mark": {"with": "#"}}, for_=60)
    assert change(marked, hooks=["mark"])["reverts"] == []
    assert says(marked) == b"<<e"


def test_a_new_proxy_takes_them_too(marked: Controlled) -> None:
    distant = marked.call("GET", PROXY)[2]["distant"]
    body = {"name": "new", "distant": distant, "hook_options": {"mark": {"times": 4}}}
    status, _, found = marked.call("POST", "/v1/proxies", body)
    assert (status, found["hooks"], found["hook_options"]["mark"]["times"]) == (201, ["mark"], 4)
    client = client_of(marked)
    held = client.change_proxy("new", hooks=["viewer"], hook_options={"viewer": {"items": ["size"]}})
    assert (held.hooks, held.hook_options["viewer"]["items"]) == (("viewer",), ["size"])


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"hook_options": {"mark": {"wiht": 1}}}, "hook_options.mark.wiht", "did you mean 'with'"),
    ({"hook_options": {"mark": {"times": "x"}}}, "hook_options.mark.times", "a whole number"),
    ({"hook_options": {"mark": 7}}, "hook_options.mark", "an object of options"),
    ({"hook_options": ["mark"]}, "hook_options", "an object of hooks"),
    ({"hook_options": {"viewer": {}}}, "hook_options.viewer", "the proxy has no hook 'viewer'; choose from mark"),
    ({"hooks": [], "hook_options": {"mark": {}}}, "hook_options.mark", "name it in hooks"),
    ({"hooks": ["antigravity"]}, "hooks", "no hook"),
    (
        {"hook_options": {"mark": {"with": "x", "times": 1}}},
        "hook_options.mark",
        "cannot be made: ValueError: not that",
    ),
    ({"handlers": {"picky": {"text": ""}}, "behavior": "1:picky"}, "handlers.picky", "cannot be made: ValueError"),
]


@pytest.mark.parametrize(("body", "where", "message"), WRONG, ids=lambda part: str(part)[:40])
def test_what_is_wrong_is_said_with_its_place(marked: Controlled, body: Any, where: str, message: str) -> None:
    before = marked.call("GET", PROXY)
    status, _, said = marked.call("PATCH", PROXY, {"timeout": 3, **body})
    assert (status, said["error"]["where"]) == (400, where)
    assert message in said["error"]["message"]
    after = marked.call("GET", PROXY)
    assert (after[1]["etag"], after[2]) == (before[1]["etag"], before[2])
    new = {"name": "new", "distant": before[2]["distant"], **body}
    status, _, said = marked.call("POST", "/v1/proxies", new)
    assert (status, said["error"]["where"]) == (400, where)
    assert says(marked) == b"<<e"


def test_what_refuses_without_an_option_is_at_its_name(echo_backend: Backend, tmp_path: Path) -> None:
    sections = {f"handler:{PICKY}": {"text": "bad"}, "hook:viewer": {"stream": f"{tmp_path}/no/such/folder"}}
    with controlled(echo_backend.address, sections=sections) as api:
        status, _, said = api.call("PUT", f"{PROXY}/behavior", {"behavior": "1:picky"})
        assert (status, said["error"]["where"]) == (400, "behavior")
        assert said["error"]["message"].startswith("handler picky: cannot be made: ValueError: not that one")
        status, _, said = api.call("PATCH", PROXY, {"hooks": ["viewer"]})
        assert (status, said["error"]["where"]) == (400, "hooks")
        assert "hook viewer: cannot write to" in said["error"]["message"]
        status, _, said = api.call("PUT", "/behavior", {"name": "picky"})
        assert (status, said["errors"][0]["name"]) == (400, "name")
        status, _, said = api.call("PUT", "/behavior", {"name": "picky", "text": "worse"})
        assert (status, said["errors"][0]["name"]) == (400, "name")
        with pytest.raises(Invalid, match=r"^behavior: handler picky"):
            client_of(api).set_behavior("1:picky")


def test_a_hook_that_only_a_handler_has(echo_backend: Backend) -> None:
    sections = {f"hook:{MARK}": {}, "handler:drip": {"hooks": MARK, "direction": "to_client"}}
    with controlled(echo_backend.address, "100:drip", sections=sections) as api:
        found = api.call("GET", PROXY)[2]
        assert (found["hooks"], list(found["hook_options"])) == ([], ["mark"])
        assert says(api) == b"<e"
        change(api, hook_options={"mark": {"with": "#"}})
        assert says(api) == b"#e"
        change(api, hooks=["mark"], hook_options={"mark": {"with": "+"}})
        assert says(api) == b"+e"
        with client_of(api).behavior("100:drip", direction="to_client"):
            change(api, hooks=[])
            assert says(api) == b"<e"
            change(api, hook_options={"mark": {"with": "%"}})
            assert says(api) == b"%e"
