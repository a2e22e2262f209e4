"""A session behavior that is changed while the daemon runs: for the next session on, whole or not at all."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.control.clients import client_of, says_back
from tests.control.controlled import Controlled, controlled
from tests.control.scraped import scrape
from tests.path.tools import fate_of_a_client
from tests.peers import Backend, receive_exactly
from tests.session_handlers.own import Closing
from tests.session_handlers.tools import wait_entering
from vaurien import config
from vaurien.client import Invalid
from vaurien.ini import Given
from vaurien.session_handlers import SESSION_HANDLERS

ONE = "/v1/proxies/default"


def refused(api: Controlled) -> bool:
    """Whether a new client is reset."""
    return fate_of_a_client(api.running) == "reset"


def test_it_holds_from_the_next_session_on(api: Controlled) -> None:
    with api.running.connect() as client:
        client.sendall(b"a")
        assert receive_exactly(client, 1) == b"a"
        status, _, proxy = api.call("PATCH", ONE, {"session_behavior": "100:refuse"})
        assert (status, proxy["session_behavior"]) == (200, "100:refuse")
        assert refused(api)
        client.sendall(b"b")
        assert receive_exactly(client, 1) == b"b"
    status, _, proxy = api.call("PATCH", ONE, {"session_behavior": ""})
    assert (status, proxy["session_behavior"]) == (200, "")
    assert says_back(api)


def test_options_go_with_it_or_alone(api: Controlled) -> None:
    body: dict[str, Any] = {"session_behavior": "10:slow_open", "session_handlers": {"slow_open": {"sleep": 2}}}
    proxy = api.call("PATCH", ONE, body)[2]
    assert proxy["session_handlers"]["slow_open"]["sleep"] == 2
    proxy = api.call("PATCH", ONE, {"session_handlers": {"slow_open": {"jitter": 1}}})[2]
    found = proxy["session_handlers"]["slow_open"]
    assert (found["sleep"], found["jitter"], proxy["session_behavior"]) == (2, 1, "10:slow_open")
    proxy = api.call("PATCH", ONE, {"session_behavior": "20:slow_open"})[2]
    assert proxy["session_handlers"]["slow_open"]["sleep"] == 1  # as configured, which is the default


@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        ({"session_behavior": "10:refus"}, "session_behavior", "there is no session handler 'refus' here; did you"),
        ({"session_behavior": "10:delay"}, "session_behavior", "'delay' is a handler of calls, which belongs to"),
        ({"behavior": "10:silent"}, "behavior", "'silent' is a session handler, which belongs to session_behavior"),
        ({"session_behavior": 3}, "session_behavior", "expected a text such as 10:refuse,5:silent, not 3"),
        ({"session_behavior": "60:refuse,60:silent"}, "session_behavior", "add up to 120, over 100"),
        ({"session_handlers": {"silent": {"time": -1}}}, "session_handlers.silent.time", "0 or more, not -1"),
        ({"session_handlers": {"silent": {"tine": 1}}}, "session_handlers.silent.tine", "did you mean 'time'?"),
        ({"session_handlers": {"delay": {"sleep": 1}}}, "session_handlers.delay", "'delay' is a handler of calls"),
        ({"session_handlers": {"refuse": {"match": "path:/"}}}, "session_handlers.refuse.match", "unknown key 'path'"),
        ({"session_handlers": 3}, "session_handlers", "expected an object of session handlers with their options"),
    ],
)  # fmt: skip
def test_what_is_wrong_changes_nothing(api: Controlled, body: dict[str, Any], where: str, message: str) -> None:
    before = api.call("GET", ONE)[2]
    status, _, answer = api.call("PATCH", ONE, {"timeout": 3, **body})
    assert (status, answer["error"]["where"]) == (400, where)
    assert message in answer["error"]["message"]
    assert api.call("GET", ONE)[2] == before


def test_one_that_refuses_to_be_made_is_named_by_its_place(echo_backend: Backend) -> None:
    sections = {"session_handler:picky": {"callable": "tests.session_handlers.own.Picky"}}
    body: dict[str, Any] = {"session_behavior": "100:picky", "session_handlers": {"picky": {"word": "bad"}}}
    with controlled(echo_backend.address, sections=sections) as api:
        status, _, answer = api.call("PATCH", ONE, body)
        assert (status, answer["error"]["where"]) == (400, "session_handlers.picky")
        assert "cannot be made: ValueError: not that one" in answer["error"]["message"]
        assert api.call("GET", ONE)[2]["session_behavior"] == ""
        assert says_back(api)


def test_a_reload_sets_it_to_what_the_operator_has_written(api: Controlled) -> None:
    api.call("PATCH", ONE, {"session_behavior": "100:refuse"})
    proxy = api.running.daemon.settings.proxies["default"]
    values = {"local": str(proxy.local), "distant": str(proxy.distant), "session_behavior": "1:silent"}
    settings = config.build({}, {"vaurien": {name: Given(text, name) for name, text in values.items()}})
    told: list[dict[str, Any]] = []
    api.running.do(lambda: api.running.daemon.shared.events.listen(told.append))
    api.running.do(lambda: api.control.live.reload(settings))
    assert api.call("GET", ONE)[2]["session_behavior"] == "1:silent"
    assert told[0]["changed"] == ["session_behavior", "session_handlers"]


def test_it_goes_back_after_a_while(api: Controlled) -> None:
    api.call("PATCH", ONE, {"session_behavior": "1:silent"})
    proxy = api.call("PATCH", ONE, {"session_behavior": "100:refuse", "for": 0.2})[2]
    assert proxy["session_behavior"] == "100:refuse"
    assert proxy["reverts"][0]["fields"] == ["session_behavior", "session_handlers"]
    api.running.wait_until(
        lambda: str(api.running.daemon.settings.proxies["default"].session_behavior) == "1:silent", "the way back"
    )


def test_single_options_go_back_too(api: Controlled) -> None:
    api.call("PATCH", ONE, {"session_behavior": "1:silent", "session_handlers": {"silent": {"time": 5}}})
    proxy = api.call("PATCH", ONE, {"session_handlers": {"silent": {"time": 6}}, "for": 0.2})[2]
    assert proxy["session_handlers"]["silent"]["time"] == 6
    assert proxy["reverts"][0]["fields"] == ["session_handlers"]
    settings = api.running.daemon.settings.proxies
    api.running.wait_until(
        lambda: api.running.daemon.settings.proxies["default"].session_handlers["silent"].given == {"time": 5.0},
        str(settings),
    )


def test_a_hook_that_leaves_does_not_wait_for_silent_sessions(echo_backend: Backend) -> None:
    settings = {"hooks": "tests.session_handlers.own.Closing", "session_behavior": "100:silent"}
    with controlled(echo_backend.address, **settings) as api, api.running.connect():
        wait_entering(api.running)
        before = Closing.closed
        assert api.call("PATCH", ONE, {"hooks": []})[0] == 200
        api.running.wait_until(lambda: Closing.closed == before + 1, "the end of the hook")
        assert len(api.running.proxy.sessions) == 1


def test_a_new_proxy_may_have_one(api: Controlled) -> None:
    distant = str(api.running.daemon.settings.proxies["default"].distant)
    body = {"name": "new", "distant": distant, "session_behavior": "100:refuse"}
    status, _, proxy = api.call("POST", "/v1/proxies", body)
    assert (status, proxy["session_behavior"]) == (201, "100:refuse")


def test_a_change_under_traffic_loses_no_session(api: Controlled) -> None:
    """Each client is answered or reset, and nothing else, whatever is changed meanwhile."""
    over = threading.Event()
    fates: list[str] = []

    def clients() -> None:
        while not over.is_set():
            try:
                with api.running.connect() as client:
                    client.sendall(b"q")
                    fates.append("answered" if client.recv(1) == b"q" else "ended")
            except ConnectionError:
                fates.append("reset")

    threads = [threading.Thread(target=clients) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(40):
            share = ("50:refuse", "", "100:refuse", "30:slow_open,30:refuse")[number % 4]
            options = {"slow_open": {"sleep": 0.001}}
            assert api.call("PATCH", ONE, {"session_behavior": share, "session_handlers": options})[0] == 200
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert set(fates) == {"answered", "reset"}


def test_what_is_counted_is_shown_everywhere(api: Controlled) -> None:
    client = client_of(api)
    client.set_session_behavior("100:refuse", expected=client.proxy().etag)
    for _ in range(3):
        assert refused(api)
    client.set_session_behavior("")
    assert says_back(api)
    assert client.counters().session_handlers == {"refuse": 3}
    assert client.counters().sessions_ended["ended by refuse"] == 3
    assert scrape(api)("session_handlers_total", proxy="default", session_handler="refuse") == 3


def test_the_sessions_of_now_say_which_has_them(api: Controlled) -> None:
    client = client_of(api)
    with api.running.connect():
        client.set_session_behavior("100:silent", session_handlers={"silent": {"time": 60}})
        with api.running.connect():
            api.running.wait_until(lambda: len(api.running.proxy.sessions) == 2, "two sessions")
            assert [session.session_handler for session in client.sessions()] == [None, "silent"]
            client.cut_sessions()
    with pytest.raises(Invalid, match="there is no session handler 'silnt' here; did you mean 'silent'"):
        client.set_session_behavior("100:silnt")


def test_those_that_can_be_chosen(echo_backend: Backend) -> None:
    sections = {"session_handler:third": {"callable": "silent", "match": "session:3", "time": "9"}}
    with controlled(echo_backend.address, sections=sections) as api:
        found = {each.name: each for each in client_of(api).session_handlers()}
    assert set(found) == {*SESSION_HANDLERS.built_in, "third"}
    assert {option.name: option.default for option in found["third"].options} == {"time": 9, "match": "session:3"}
    assert found["silent"].summary.startswith("Accepts the client, and never answers")
