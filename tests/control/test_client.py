"""The Python client: proxies, sessions, counters, and what can be chosen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.control.clients import client_of, says_back
from tests.control.controlled import Controlled, controlled
from tests.peers import Backend, receive_all, receive_exactly
from tests.program import ROOT, environment
from vaurien.client import Client, Conflict, Invalid, NotFound, Outdated, Unauthorized
from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.version import __version__

ALONE = """\
import sys
from vaurien.client import Client
Client()
print(sorted({name.partition(".")[0] for name in sys.modules} - {*sys.stdlib_module_names} - {"__main__"}))
"""


def test_the_client_needs_only_the_standard_library() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", ALONE], cwd=ROOT, env=environment(),
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("['vaurien']\n", "")


def test_what_the_daemon_is(api: Controlled) -> None:
    client = client_of(api)
    info = client.info()
    assert (info.version, info.proxies) == (__version__, ("default",))
    assert info.seed == api.running.daemon.seed and info.uptime >= 0
    assert client.healthy()
    assert client.openapi()["openapi"].startswith("3.1")
    assert "\n# TYPE vaurien_" in client.metrics()


def test_a_proxy_as_it_is(api: Controlled) -> None:
    proxy = client_of(api).proxy()
    assert (proxy.name, proxy.local, proxy.behavior) == ("default", "127.0.0.1:0", "100:dummy")
    assert proxy.listening == "{}:{}".format(*api.running.address)
    assert proxy.distant == proxy.json["distant"] != ""
    assert proxy.etag == api.call("GET", "/v1/proxies/default")[1]["etag"]
    assert client_of(api).proxies() == (proxy,) == (client_of(api).proxy("default"),)


def test_a_proxy_from_its_beginning_to_its_end(api: Controlled) -> None:
    client = client_of(api)
    distant = client.proxy().distant
    made = client.create_proxy(
        "a b/c"[:3] + "ü", local="127.0.0.1:0", distant=distant, behavior="100:delay",
        handlers={"delay": {"sleep": 0}}, max_sessions=3,
    )  # fmt: skip
    assert (made.name, made.max_sessions, made.enabled) == ("a bü", 3, True)
    assert [(share.handler, share.percent) for share in made.shares] == [("delay", 100)]
    assert made.handlers["delay"]["sleep"] == 0
    assert client.info().proxies == ("default", "a bü")
    off = client.disable_proxy("a bü")
    assert (off.enabled, off.listening) == (False, None)
    on = client.enable_proxy("a bü", expected=off.etag)
    assert on.enabled and on.listening
    changed = client.change_proxy("a bü", timeout=2.5, hooks=["viewer"])
    assert (changed.timeout, changed.hooks, changed.max_sessions) == (2.5, ("viewer",), 3)
    client.delete_proxy("a bü", expected=changed.etag)
    assert client.info().proxies == ("default",)
    with pytest.raises(NotFound):
        client.proxy("a bü")


def test_a_change_that_holds_for_a_while_says_for_how_long(api: Controlled) -> None:
    changed = client_of(api).change_proxy(timeout=3.0, for_="1m")
    (revert,) = changed.reverts
    assert revert.fields == ("timeout",) and 50 < revert.seconds <= 60
    now = client_of(api).set_behavior("100:hang", for_=30)
    assert now.reverts_in is not None and 20 < now.reverts_in <= 30


def test_what_has_changed_meanwhile_is_not_changed_again(api: Controlled) -> None:
    client = client_of(api)
    seen = client.get_behavior()
    client.set_behavior("20:delay", expected=seen.etag)
    for call in (
        lambda: client.set_behavior("30:delay", expected=seen.etag),
        lambda: client.change_proxy(max_sessions=1, expected=seen.etag),
        lambda: client.delete_proxy("default", expected=seen.etag),
        lambda: client.disable_proxy(expected=seen.etag),
    ):
        with pytest.raises(Outdated) as caught:
            call()
        assert caught.value.status == 412
    assert client.get_behavior().behavior == "20:delay"


def test_what_cannot_be_is_an_error_that_says_where_it_stands(api: Controlled) -> None:
    client = client_of(api)
    with pytest.raises(Invalid) as caught:
        client.set_behavior("100:delay", sleep="x")
    assert (caught.value.status, caught.value.where) == (400, "handlers.delay.sleep")
    assert "'x'" in caught.value.message and str(caught.value).startswith("handlers.delay.sleep: ")
    with pytest.raises(Invalid, match="dely"):
        client.set_behavior("100:dely")
    with pytest.raises(Conflict) as taken:
        client.create_proxy("default", local="127.0.0.1:0", distant="127.0.0.1:1")
    assert (taken.value.status, taken.value.where) == (409, "name")
    with pytest.raises(NotFound, match="'nobody'"):
        client.get_behavior("nobody")


def test_handlers_and_hooks_are_told_with_their_options(api: Controlled) -> None:
    handlers = {handler.name: handler for handler in client_of(api).handlers()}
    assert set(handlers) == set(HANDLERS.built_in)
    options = {option.name: option for option in handlers["delay"].options}
    assert (options["sleep"].type, options["sleep"].unit, options["sleep"].minimum) == ("float", "seconds", 0)
    assert options["direction"].choices == ("both", "to_backend", "to_client")
    assert {hook.name for hook in client_of(api).hooks()} == set(HOOKS.built_in)


def test_sessions_are_seen_and_cut(api: Controlled) -> None:
    client = client_of(api)
    with api.running.connect() as first, api.running.connect() as second:
        for peer in (first, second):
            peer.sendall(b"hello")
            assert receive_exactly(peer, 5) == b"hello"
        sessions = client.sessions()
        assert [session.ordinal for session in sessions] == [1, 2]
        assert sessions[0].client == "{}:{}".format(*first.getsockname())
        assert (sessions[0].bytes_to_backend, sessions[0].bytes_to_client) == (5, 5)
        assert client.session(2).calls_to_backend == 1
        assert client.cut_session(1) == 1
        assert cut(first)
        assert client.cut_sessions("default") == 1
        assert cut(second)
    with pytest.raises(NotFound) as caught:
        client.cut_session(1)
    assert caught.value.status == 404
    counters = client.counters()
    assert (counters.sessions_opened, counters.sessions_open) == (2, 0)
    assert counters.bytes_to_backend == counters.bytes_to_client == 10
    assert counters.calls["dummy"].to_backend == counters.calls["dummy"].to_client == 2
    assert sum(counters.sessions_ended.values()) == 2


def cut(peer: object) -> bool:
    """Whether the peer's connection has ended."""
    try:
        return receive_all(peer) == b""  # type: ignore[arg-type]
    except ConnectionResetError:
        return True


def test_a_proxy_must_be_named_if_there_are_several(echo_backend: Backend) -> None:
    ends = {"local": "127.0.0.1:0", "distant": "{}:{}".format(*echo_backend.address)}
    with controlled(None, sections={"proxy:web": ends, "proxy:redis": ends}) as api:
        client = client_of(api)
        for call in (client.proxy, client.get_behavior, client.sessions, client.counters, client.get_handler):
            with pytest.raises(Conflict, match=r"proxy: say which one: the daemon has redis, web|web, redis"):
                call()  # type: ignore[operator]
        with pytest.raises(Conflict), client.behavior("100:delay"):
            pytest.fail("not reached")
        assert client.get_behavior("web").behavior == "100:dummy"


def test_a_daemon_without_proxies_has_none_to_speak_of() -> None:
    with controlled() as api:
        client = client_of(api)
        assert client.proxies() == ()
        with pytest.raises(NotFound, match="none yet"):
            client.get_behavior()
        client.create_proxy("web", local="127.0.0.1:0", distant="127.0.0.1:1")
        assert client.get_behavior().behavior == "100:dummy"


def test_a_token_is_shown(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, token="secret-of-8") as api:
        assert client_of(api).proxy().name == "default"
        with client_of(api).events() as events:
            client_of(api).set_behavior("1:delay")
            assert next(events).type == "proxy_changed"
        for token in (None, "another"):
            with pytest.raises(Unauthorized) as caught:
                client_of(api, token=token).proxy()
            assert caught.value.status == 401 and "secret-of-8" not in str(caught.value)
            with pytest.raises(Unauthorized):
                client_of(api, token=token).events()


def test_a_unix_socket_is_as_good(echo_backend: Backend, tmp_path: Path) -> None:
    with controlled(echo_backend.address, http=f"unix:{tmp_path}/api") as api:
        client = Client(f"unix:{tmp_path}/api")
        with client.events() as events:
            with client.behavior("100:blackout"):
                assert not says_back(api)
            assert says_back(api)
            assert next(events).details["changed"] == ["behavior", "handlers"]


def test_the_calls_of_old(api: Controlled) -> None:
    client = client_of(api)
    assert client.list_handlers() == sorted(HANDLERS.built_in)
    assert client.get_handler() == "dummy"
    assert client.set_handler("delay", sleep=0.25).handlers["delay"]["sleep"] == 0.25
    assert client.get_handler() == "delay"
    with client.with_handler("blackout", proxy="default"):
        assert client.get_handler("default") == "blackout"
        assert not says_back(api)
    assert client.get_handler() == "delay"
    client.set_behavior("20:delay,5:error")
    kept = client.get_handler()
    assert kept == "20:delay,5:error"
    client.set_handler("hang")
    client.set_handler(kept)
    assert client.get_behavior().behavior == kept
