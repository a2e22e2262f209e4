"""Changes to a running daemon: each whole or not at all, for good or for a while."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gevent
import pytest

from tests import peers
from tests.handlers.conftest import Errors
from tests.peers import receive_exactly
from tests.running import DEADLINE, Running, running
from vaurien import config
from vaurien.control import live
from vaurien.control.live import Live
from vaurien.control.refusals import NameTaken, Outdated, UnknownProxy
from vaurien.errors import ConfigError
from vaurien.handlers.base import BaseHandler
from vaurien.ini import Given


class Shout(BaseHandler):
    """Passes on a text of its own."""

    name = "shout"
    options = {"text": ("What to say", str, "HELLO"), "times": ("How often", int, 1), "to": ("Nobody", str, None)}

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        self._get_data(client_sock, backend_sock, to_backend)
        text: str = self.option("text") * self.option("times")
        self._send_data(client_sock, backend_sock, to_backend, text.encode())


SHOUT = "tests.control.test_live.Shout"
OPTIONS = {f"{SHOUT}.direction": "to_backend", f"{SHOUT}.text": "CONFIGURED"}


class Changing:
    """A daemon, and the changes to it, made in its own thread."""

    def __init__(self, daemon: Running) -> None:
        self.running = daemon
        self.live: Live = daemon.do(lambda: Live(daemon.daemon))

    def change(self, body: Mapping[str, Any], name: str = "default", expected: str | None = None) -> None:
        self.running.do(lambda: self.live.change(name, body, expected))

    def set_behavior(self, body: Mapping[str, Any], name: str = "default") -> None:
        self.running.do(lambda: self.live.set_behavior(name, body))

    def create(self, **body: Any) -> str:
        return self.running.do(lambda: self.live.create(body))

    def says(self, question: bytes = b"hello") -> bytes:
        """What an echo behind the proxy makes of a question, in a session of its own."""
        with self.running.connect() as client:
            client.sendall(question)
            client.shutdown(1)
            answer = b""
            while data := client.recv(1000):
                answer += data
            return answer

    def wait(self, condition: Any) -> None:
        self.running.wait_until(condition)


@contextmanager
def changing(behavior: str = f"0:{SHOUT}", **settings: Any) -> Iterator[Changing]:
    with peers.backend(peers.echo) as backend, running(backend.address, behavior, OPTIONS, **settings) as daemon:
        yield Changing(daemon)


def test_a_behavior_holds_from_the_next_call_on_in_a_session_that_goes_on() -> None:
    with changing() as it, it.running.connect() as client:
        for body, answer in (
            ({"behavior": "100:shout"}, b"CONFIGURED"),
            ({"behavior": "100:shout", "handlers": {"shout": {"text": "a", "times": 3}}}, b"aaa"),
            ({"behavior": "100:shout", "handlers": {"shout": {"text": "b"}}}, b"b"),
            ({"behavior": "100:shout"}, b"CONFIGURED"),
            ({"behavior": "100:dummy"}, b"hello"),
        ):
            it.set_behavior(body)
            client.sendall(b"hello")
            assert receive_exactly(client, len(answer)) == answer


def test_a_change_of_options_alone_leaves_the_others_as_they_are() -> None:
    with changing() as it:
        it.set_behavior({"behavior": "100:shout", "handlers": {"shout": {"text": "a"}}})
        it.change({"handlers": {"shout": {"times": 2}}})
        assert it.says() == b"aa"
        it.change({"behavior": "100:shout", "handlers": {"shout": {"times": 2}}})
        assert it.says() == b"CONFIGURED" * 2


def test_an_option_may_be_changed_of_a_handler_that_is_not_in_the_behavior() -> None:
    with changing() as it:
        it.change({"handlers": {"hang": {"direction": "to_client"}}})
        assert it.says() == b"hello"


def test_an_option_that_nobody_has_set_can_be_put_back_so() -> None:
    with changing() as it:
        it.set_behavior({"behavior": "100:shout", "handlers": {"shout": {"to": "you"}}})
        assert it.live.settings("default").handlers["shout"].given["to"] == "you"
        it.set_behavior({"behavior": "100:shout", "handlers": {"shout": {"to": None}}})
        assert it.live.settings("default").handlers["shout"].given["to"] is None
        with pytest.raises(ConfigError, match="a text"):
            it.change({"handlers": {"shout": {"text": None}}})


WRONG: list[tuple[Mapping[str, Any], str, str]] = [
    ({"behavior": "20:delya"}, "behavior", "delay"),
    ({"behavior": "120:delay"}, "behavior", "100"),
    ({"behavior": 20}, "behavior", "text"),
    ({"behavior": None}, "behavior", "text"),
    ({"behavior": "10:os.system"}, "behavior", "no handler 'os.system' here"),
    ({"behavior": "10:antigravity.thing"}, "behavior", "no handler"),
    ({"handlers": {"antigravity.thing": {}}}, "handlers.antigravity.thing", "no handler"),
    ({"handlers": {"delay": {"slep": 1}}}, "handlers.delay.slep", "did you mean 'sleep'"),
    ({"handlers": {"delay": {"sleep": -1}}}, "handlers.delay.sleep", "0 or more"),
    ({"handlers": {"delay": {"sleep": None}}}, "handlers.delay.sleep", "a number"),
    ({"handlers": {"delay": [1]}}, "handlers.delay", "an object"),
    ({"handlers": "delay"}, "handlers", "an object"),
    ({"hooks": ["viewr"]}, "hooks", "viewer"),
    ({"hooks": "antigravity.Hook"}, "hooks", "no hook"),
    ({"hooks": 7}, "hooks", "texts"),
    ({"distant": "nowhere"}, "distant", "port"),
    ({"distant": "host:0"}, "distant", "no port to send to"),
    ({"distant": 80}, "distant", "HOST:PORT"),
    ({"distant": None}, "distant", "HOST:PORT"),
    ({"local": "x:99999"}, "local", "port"),
    ({"timeout": 0}, "timeout", "0.001 or more"),
    ({"timeout": True}, "timeout", "a number"),
    ({"max_sessions": 1.5}, "max_sessions", "a whole number"),
    ({"enabled": "perhaps"}, "enabled", "true or false"),
    ({"for": "soon", "behavior": "10:delay"}, "for", "30s"),
    ({"for": 0}, "for", "more than 0"),
    ({"for": True}, "for", "30s"),
    ({"for": "nan"}, "for", "30s"),
    ({"name": "other"}, "name", "cannot be set"),
    ({"shares": []}, "shares", "cannot be set"),
    ({"tls_cert": "here.pem"}, "tls_cert", "cannot be set"),
    ({"distant": "http://x:1"}, "distant", "without http://"),
    ({"behaviour": "10:delay"}, "behaviour", "did you mean 'behavior'"),
]


@pytest.mark.parametrize(("body", "where", "allowed"), WRONG, ids=lambda part: str(part)[:40])
def test_what_is_wrong_is_said_with_its_place_and_changes_nothing(
    body: Mapping[str, Any], where: str, allowed: str
) -> None:
    good = {"behavior": "30:delay", "timeout": 3.0, "hooks": "viewer", "max_sessions": 4}
    with changing() as it:
        before, etag = it.live.settings("default"), it.live.etag("default")
        with pytest.raises(ConfigError, match=allowed) as raised:
            it.change({**good, **body})
        assert raised.value.where == where
        assert it.live.settings("default") == before
        assert it.live.etag("default") == etag
        assert it.says() == b"hello"
    assert "antigravity" not in sys.modules


def test_an_address_that_is_taken_changes_nothing_else_either() -> None:
    with changing() as it, peers.backend(peers.echo) as other:
        taken = "{}:{}".format(*other.address)
        before = it.live.settings("default")
        with pytest.raises(ConfigError, match="address already in use"):
            it.change({"local": taken, "behavior": "100:shout", "for": 60})
        assert it.live.settings("default") == before
        assert it.live.temporary("default") == []
        assert it.says() == b"hello"
        with pytest.raises(ConfigError, match="address already in use"):
            it.create(name="new", local=taken, distant="127.0.0.1:1")
        with pytest.raises(ConfigError, match=r"^distant: .* is where the proxy itself listens"):
            it.create(name="new", local=taken, distant=taken)
        assert list(it.running.daemon.proxies) == ["default"]


def test_the_version_guards_against_lost_updates() -> None:
    with changing() as it:
        first = it.live.etag("default")
        it.change({"timeout": 3}, expected=first)
        second = it.live.etag("default")
        assert first != second
        with pytest.raises(Outdated, match=second.strip('"')):
            it.change({"timeout": 4}, expected=first)
        it.change({"timeout": 5}, expected=f'"x", {second}')
        it.change({"timeout": 6}, expected="*")
        with pytest.raises(Outdated):
            it.running.do(lambda: it.live.delete("default", first))
        assert it.live.settings("default").timeout == 6


def test_all_can_be_changed_at_once_and_sessions_go_on() -> None:
    with changing() as it, peers.backend(lambda sock: sock.sendall(b"other")) as other, it.running.connect() as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        distant = "{}:{}".format(*other.address)
        it.change({"distant": distant, "timeout": 3, "max_sessions": 7, "behavior": "10:delay", "hooks": ["viewer"]})
        settings = it.live.settings("default")
        assert (str(settings.distant), settings.timeout, settings.max_sessions) == (distant, 3.0, 7)
        assert str(settings.behavior) == "10:delay" and settings.hooks[0].name == "viewer"
        client.sendall(b"again")
        assert receive_exactly(client, 5) == b"again"
        with it.running.connect() as new:
            assert receive_exactly(new, 5) == b"other"


# for a while


def test_a_change_for_a_while_goes_back_by_itself() -> None:
    with changing() as it:
        it.change({"behavior": "100:shout", "timeout": 3, "for": "50ms"})
        assert it.says() == b"CONFIGURED"
        etag = it.live.etag("default")
        it.wait(lambda: not it.live.temporary("default"))
        assert it.says() == b"hello"
        assert it.live.settings("default").timeout == 10
        assert it.live.etag("default") != etag


def test_one_inside_another_goes_back_to_that_one() -> None:
    with changing() as it:
        it.set_behavior({"behavior": "100:shout", "handlers": {"shout": {"text": "outer"}}, "for": 60})
        it.set_behavior({"behavior": "100:shout", "handlers": {"shout": {"text": "inner"}}, "for": 0.05})
        assert it.says() == b"inner"
        it.wait(lambda: len(it.live.temporary("default")) == 1)
        assert it.says() == b"outer"


def test_one_that_outlives_a_younger_one_goes_back_to_the_beginning() -> None:
    with changing() as it:
        it.set_behavior({"behavior": "100:shout", "handlers": {"shout": {"text": "older"}}, "for": 0.05})
        it.set_behavior({"behavior": "100:shout", "handlers": {"shout": {"text": "younger"}}, "for": 60})
        it.wait(lambda: len(it.live.temporary("default")) == 1)
        assert it.says() == b"younger"


def test_a_change_for_good_ends_what_was_to_go_back() -> None:
    with changing() as it:
        it.change({"behavior": "100:shout", "timeout": 3, "for": 0.1})
        it.change({"behavior": "100:dummy"})
        assert [dict(change.fields) for change in it.live.temporary("default")] == [{"timeout": 3.0}]
        it.wait(lambda: not it.live.temporary("default"))
        assert it.live.settings("default").timeout == 10
        assert str(it.live.settings("default").behavior) == "100:dummy"


def test_a_proxy_that_was_deleted_does_not_come_back() -> None:
    with changing() as it:
        it.change({"behavior": "100:shout", "for": 0.05})
        it.running.do(lambda: it.live.delete("default"))
        assert it.running.do(lambda: [alarm for alarm in it.running.daemon.shared.clock._alarms if alarm[2]]) == []
        with pytest.raises(UnknownProxy):
            it.live.settings("default")


def test_disabling_for_a_while() -> None:
    with changing() as it:
        address = it.running.address
        it.change({"enabled": False, "for": 0.05})
        assert it.running.proxy.door is None
        it.wait(lambda: it.running.proxy.door is not None)
        assert it.running.address == address
        assert it.says() == b"hello"


# proxies that come and go


def test_a_new_proxy_serves_at_once_and_is_gone_when_it_is_deleted() -> None:
    with changing() as it, peers.backend(peers.echo) as backend:
        distant = "{}:{}".format(*backend.address)
        assert it.create(name="new", distant=distant, behavior="100:shout") == "new"
        proxy = it.running.daemon.proxies["new"]
        with socket.create_connection(proxy.address, DEADLINE) as client:
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"CONFI"
            with pytest.raises(NameTaken):
                it.create(name="new", distant=distant)
            it.running.do(lambda: it.live.delete("new"))
            client.settimeout(DEADLINE)
            assert not client.recv(1000)[5:]
            assert not client.recv(1000)
        assert list(it.running.daemon.proxies) == ["default"]


def test_a_proxy_for_a_while() -> None:
    with changing() as it:
        it.create(name="new", distant="127.0.0.1:1", **{"for": 0.05})
        assert "new" in it.running.daemon.proxies
        it.wait(lambda: "new" not in it.running.daemon.proxies)


@pytest.mark.parametrize("name", ["", " ", "a ", "a/b", "a\nb", 7, None, "x" * 101, "x" + " " * 20_000])
def test_names_that_cannot_be(name: Any) -> None:
    with changing() as it, pytest.raises(ConfigError) as raised:
        it.create(name=name, distant="127.0.0.1:1")
    assert raised.value.where == "name"


def test_a_new_proxy_needs_to_know_where_to_send() -> None:
    with changing() as it, pytest.raises(ConfigError, match="distant: is missing"):
        it.create(name="new")


def test_changes_at_the_same_time_wait_for_each_other() -> None:
    with changing() as it:

        def many() -> None:
            tasks = []
            for number in range(20):
                new = {"name": f"n{number}", "distant": "localhost:1", "local": "localhost:0"}
                tasks.append(gevent.spawn(it.live.create, new))
                tasks.append(gevent.spawn(it.live.change, "default", {"max_sessions": number + 1}))
            gevent.joinall(tasks, timeout=DEADLINE, raise_error=True)

        it.running.do(many)
        assert len(it.running.daemon.proxies) == 21


# the operator's own changes


def test_a_reload_wins_over_live_changes_and_keeps_what_was_created() -> None:
    with changing() as it:
        settings = it.running.daemon.settings
        it.change({"behavior": "100:shout", "for": 60})
        it.change({"timeout": 3})
        it.create(name="new", distant="127.0.0.1:1")
        etag = it.live.etag("default")
        it.running.do(lambda: it.live.reload(replace(settings, shutdown_timeout=1.5)))
        assert it.live.settings("default") == settings.proxies["default"]
        assert it.live.temporary("default") == []
        assert it.live.etag("default") != etag
        assert sorted(it.running.daemon.proxies) == ["default", "new"]
        assert it.running.daemon.settings.shutdown_timeout == 1.5
        it.change({"max_sessions": 3}, name="new")
        assert it.live.settings("new").max_sessions == 3


def test_a_reload_that_names_a_created_proxy_takes_it_over() -> None:
    with changing() as it:
        it.create(name="new", distant="127.0.0.1:1", behavior="100:shout")
        ends = {"local": Given("127.0.0.1:0", "ini"), "distant": Given("127.0.0.1:2", "ini")}
        theirs = config.build({"proxy:new": ends}, {})
        it.running.do(lambda: it.live.reload(theirs))
        assert list(it.running.daemon.proxies) == ["new"]
        assert str(it.live.settings("new").distant) == "127.0.0.1:2"
        it.running.do(lambda: it.live.reload(theirs))
        assert list(it.running.daemon.proxies) == ["new"]


# what was wrong once


def test_a_time_alone_is_no_change() -> None:
    with changing() as it, pytest.raises(ConfigError, match="nothing that could go back"):
        it.change({"for": 0.01})


def test_options_alone_do_not_make_a_temporary_behavior_last() -> None:
    with changing() as it:
        it.set_behavior({"behavior": "100:shout", "for": 0.1})
        it.change({"handlers": {"shout": {"text": "new"}}})
        assert it.says() == b"new"
        it.change({"handlers": {"shout": {"times": 2}}, "for": 60})
        assert it.says() == b"newnew"
        it.wait(lambda: len(it.live.temporary("default")) == 1)
        assert it.says() == b"hello"
        assert it.live.settings("default").handlers["shout"].given["text"] == "new"
        it.set_behavior({"behavior": "100:shout"})
        assert it.live.temporary("default") == []
        assert it.says() == b"CONFIGURED"


def test_what_cannot_go_back_is_tried_again_and_says_so_once(errors: Errors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RETRY", 0.02)
    with changing() as it:
        address = it.running.address
        it.change({"enabled": False, "timeout": 3, "for": 0.05})
        with socket.create_server(address):
            it.wait(errors)
            first = time.monotonic()
            it.wait(lambda: it.live._ends.alarms and min(a[0] for a in it.live._ends.alarms.values()) > first + 0.1)
            (change,) = it.live.temporary("default")
            assert change.seconds_left == 0
            it.change({"max_sessions": 3})
            assert it.live.settings("default").timeout == 3
        it.wait(lambda: it.running.proxy.door is not None)
        settings = it.live.settings("default")
        assert (settings.enabled, settings.timeout, settings.max_sessions) == (True, 10, 3)
        assert it.says() == b"hello"
    assert [record.getMessage()[:26] for record in errors()] == ["cannot go back to what was"]


def test_a_behavior_that_is_set_anew_begins_anew() -> None:
    """`transient` counts its failures; the next test's are its own."""
    with changing() as it:
        for _ in range(3):
            it.set_behavior({"behavior": "100:transient", "handlers": {"transient": {"agitate": 1}}})
            assert it.says() != b"hello"
            assert it.says() == b"hello"


@pytest.mark.parametrize(
    "body",
    [
        {"behavior": ",".join(f"0:x{number}" for number in range(100_000))},
        {"distant": "a。" * 200_000 + "x:1"},
        {"local": "é." * 300_000 + "x:1"},
        {"for": 10**400, "timeout": 3},
    ],
    ids=["behavior", "distant", "local", "for"],
)
def test_what_is_far_too_long_is_refused(body: Mapping[str, Any]) -> None:
    with changing() as it, pytest.raises(ConfigError):
        it.change(body)


def test_sessions_of_an_address_that_was_left_are_cut_with_the_proxy() -> None:
    with changing(shutdown_timeout=60.0) as it, it.running.connect() as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        it.change({"local": "localhost:0"})
        client.sendall(b"again")
        assert receive_exactly(client, 5) == b"again"
        it.running.do(lambda: it.live.delete("default"))
        assert client.recv(10) == b""


def test_a_reload_is_told() -> None:
    told: list[tuple[str, str]] = []
    with changing() as it:
        settings = it.running.daemon.settings
        events = it.running.daemon.shared.events
        it.running.do(lambda: events.listen(lambda event: told.append((event["type"], event["proxy"]))))
        default = settings.proxies["default"]
        proxies = {"default": replace(default, timeout=3.0), "new": replace(default, name="new")}
        it.running.do(lambda: it.live.reload(replace(settings, proxies=proxies)))
        it.running.do(lambda: it.live.reload(settings))
    assert sorted(told[:2]) == [("proxy_changed", "default"), ("proxy_created", "new")]
    assert sorted(told[2:]) == [("proxy_changed", "default"), ("proxy_deleted", "new")]


def test_proxies_that_do_not_change_are_left_alone() -> None:
    with changing() as it:
        it.create(name="new", distant="127.0.0.1:1")
        chain = it.running.daemon.proxies["new"].crew.chain
        it.change({"timeout": 3})
        assert it.running.daemon.proxies["new"].crew.chain is chain
