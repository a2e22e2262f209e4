"""A name that takes long to look up holds nobody but the one who has said it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gevent
import pytest
from gevent.hub import Hub

from tests import peers
from tests.control.controlled import Controlled, controlled
from tests.control.test_stuck import SOON, quickest
from tests.running import DEADLINE
from vaurien.address import Address


class Names:
    """In place of every hub's resolver: a name is found when `found` is called, and a broken one is not."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.over: Any = None

    def getaddrinfo(self, host: str, port: int, *rest: object) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        if self.over is None:
            self.over = gevent.event.Event()
        assert self.over.wait(DEADLINE)
        if host.startswith("broken"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    def close(self) -> None:
        pass


@contextmanager
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Controlled, Names]]:
    names = Names()
    with peers.backend(peers.echo) as backend, controlled(backend.address) as api:
        monkeypatch.setattr(Hub, "resolver", property(lambda hub: names))
        yield api, names


@contextmanager
def meanwhile(api: Controlled, names: Names, *call: Any) -> Iterator[list[Any]]:
    """The answer to a call that waits for a name, which is found at the end."""
    answer: list[Any] = []
    before = len(names.asked)
    if names.over is not None:
        api.running.do(lambda: names.over.clear())
    thread = threading.Thread(target=lambda: answer.extend(api.call(*call)), daemon=True)
    thread.start()
    api.running.wait_until(lambda: len(names.asked) > before, "the name is asked for")
    yield answer
    assert not answer
    api.running.do(lambda: names.over.set())
    thread.join(DEADLINE)
    assert not thread.is_alive()


CALLS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/v1/proxies/default", None),
    ("PATCH", "/v1/proxies/default", {"timeout": 3}),
    ("PUT", "/v1/proxies/default/behavior", {"behavior": "10:delay"}),
    ("POST", "/v1/proxies", {"name": "other", "distant": "127.0.0.1:1"}),
    ("PATCH", "/v1/proxies/other", {"local": "127.0.0.1:0", "enabled": False}),
    ("DELETE", "/v1/proxies/other", None),
]


@pytest.mark.parametrize(
    "call",
    [
        ("PATCH", "/v1/proxies/default", {"local": "slow.test:0"}),
        ("POST", "/v1/proxies", {"name": "new", "local": "slow.test:0", "distant": "127.0.0.1:1"}),
    ],
    ids=lambda call: call[0],
)
def test_all_others_are_answered_at_once(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_names(monkeypatch) as (api, names):
        with meanwhile(api, names, *call) as answer:
            for method, path, body in CALLS:
                if method == "POST":
                    assert api.call(method, path, body)[0] == 201
                else:
                    assert quickest(api, method, path, body) < SOON
        assert answer[0] in (200, 201)
        assert answer[2]["local"] == "slow.test:0" and answer[2]["listening"].startswith("127.0.0.1:")
        assert names.asked == ["slow.test"]


def test_what_has_changed_meanwhile_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_names(monkeypatch) as (api, names):
        etag = api.call("GET", "/v1/proxies/default")[1]["etag"]
        call = ("PATCH", "/v1/proxies/default", {"local": "slow.test:0"}, {"If-Match": etag})
        with meanwhile(api, names, *call) as answer:
            assert api.call("PATCH", "/v1/proxies/default", {"timeout": 3})[0] == 200
        assert answer[0] == 412
        with meanwhile(api, names, "PATCH", "/v1/proxies/default", {"local": "broken.test:0"}) as answer:
            pass
        assert answer[0] == 400 and answer[2]["error"]["where"] == "local"
        assert "name or service not known" in answer[2]["error"]["message"]


def test_what_is_wrong_is_said_before_a_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_names(monkeypatch) as (api, names):
        status, _, said = api.call("PATCH", "/v1/proxies/default", {"local": "slow.test:0", "behavior": "10:dely"})
        assert (status, said["error"]["where"], names.asked) == (400, "behavior", [])


def test_a_name_to_which_it_goes_back_is_not_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_names(monkeypatch) as (api, names):
        with meanwhile(api, names, "PATCH", "/v1/proxies/default", {"local": "slow.test:0"}) as answer:
            pass
        names.over = gevent.event.Event()
        assert api.call("PATCH", "/v1/proxies/default", {"local": "127.0.0.1:0", "for": 0.05})[0] == 200
        api.running.wait_until(lambda: not api.control.live.temporary("default"), "it goes back")
        assert api.call("GET", "/v1/proxies/default")[2]["listening"] == answer[2]["listening"]
        assert names.asked == ["slow.test"]


def test_a_reload_lets_the_others_change_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_names(monkeypatch) as (api, names):
        settings = api.running.daemon.settings
        moved = replace(settings.proxies["default"], local=Address.parse("slow.test:0"))
        done = threading.Event()

        def reload() -> None:
            api.control.live.reload(replace(settings, proxies={"default": moved}))
            done.set()

        in_the_daemon(api, reload)
        api.running.wait_until(lambda: names.asked, "the name is asked for")
        start = time.monotonic()
        assert api.call("PATCH", "/v1/proxies/default", {"timeout": 3})[0] == 200
        assert time.monotonic() - start < DEADLINE / 2 and not done.is_set()
        api.running.do(lambda: names.over.set())
        assert done.wait(DEADLINE)
        found = api.call("GET", "/v1/proxies/default")[2]
        assert (found["local"], found["timeout"]) == ("slow.test:0", 10.0)


def in_the_daemon(api: Controlled, function: Callable[[], None]) -> None:
    """Begins to call it there."""
    api.running.do(lambda: gevent.spawn(function) and None)
