"""Handlers that only wait, and leave the rest to the engine: no greenlet waits for them."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from tests.handlers.conftest import Errors
from tests.handlers.tools import ask, handled, same, until_end, wait_no_session, witnesses
from tests.running import running
from vaurien.call import Call
from vaurien.handlers.delay import Delay
from vaurien.hooks import Hook
from vaurien.workers import Workers

HERE = "tests.handlers.test_pauses"
PAUSE = 0.05


class Waiting:
    """Has no base class, and says how long to wait."""

    name = "waiting"
    in_loop = True
    options = {"pause": ("How long", str, str(PAUSE))}

    def __init__(self, settings: Any, proxy: Any) -> None:
        self.settings = settings

    def pause(self, call: Call) -> Any:
        text: str = self.settings["pause"]
        return {"text": "soon", "nothing": None}.get(text) if text.isalpha() else float(text)

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        raise AssertionError("the engine can do this itself")


class Marked(Delay):
    """A delay that does more than to wait, and so must be called."""

    name = "marked"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        backend_sock.sendall(b"!")
        super().__call__(client_sock, backend_sock, to_backend)


class Seeing(Hook):
    """A hook of calls, so that every call is wrapped."""

    name = "seeing"

    def before(self, call: Call) -> None:
        return None


@pytest.fixture
def no_greenlets(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*args: Any) -> Any:
        raise AssertionError("a greenlet was asked for")

    monkeypatch.setattr(Workers, "start", start)


@pytest.mark.usefixtures("no_greenlets")
def test_the_engine_waits_and_relays_without_a_greenlet() -> None:
    with (
        witnesses(same) as server,
        running(server.address, f"100:{HERE}.Waiting") as daemon,
        daemon.connect() as client,
    ):
        for number in range(1, 4):
            start = time.monotonic()
            assert ask(client, b"hello") == b"hello"
            assert time.monotonic() - start >= 2 * PAUSE
            assert handled(daemon, "waiting") == [number, number]
        (session,) = daemon.proxy.sessions.values()
        assert (session.calls(True), session.calls(False), session.counts) == (3, 3, {"waiting": 6})
        assert (session.bytes(True), session.bytes(False)) == (15, 15)


@pytest.mark.usefixtures("no_greenlets")
@pytest.mark.parametrize("pause", ["0", "-1", "-inf"])
def test_no_pause_is_none(pause: str) -> None:
    options = {"waiting.pause": pause}
    with (
        witnesses(same) as server,
        running(server.address, f"100:{HERE}.Waiting", options) as daemon,
        daemon.connect() as client,
    ):
        for _ in range(5):
            assert ask(client, b"hello") == b"hello"


@pytest.mark.parametrize("pause", ["text", "nothing"])
def test_what_is_no_number_is_the_handlers_error(pause: str, errors: Errors) -> None:
    options = {"waiting.pause": pause}
    with (
        witnesses(same) as server,
        running(server.address, f"100:{HERE}.Waiting", options) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        assert until_end(client)[0] == b""
        wait_no_session(daemon)
    assert [record.getMessage().split(" raised")[0] for record in errors()] == ["handler waiting"]


def test_a_class_derived_from_one_that_only_waits_is_called() -> None:
    with (
        witnesses(same) as server,
        running(server.address, f"100:{HERE}.Marked", {"marked.sleep": 0}) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", 6) == b"!hello"


def test_with_a_hook_round_the_call_it_is_called() -> None:
    options = {"delay.sleep": PAUSE}
    with (
        witnesses(same) as server,
        running(server.address, "100:delay", options, hooks=f"{HERE}.Seeing") as daemon,
        daemon.connect() as client,
    ):
        start = time.monotonic()
        assert ask(client, b"hello") == b"hello"
        assert time.monotonic() - start >= PAUSE
        assert handled(daemon, "delay") == [0, 1]


def test_a_request_arrives_though_its_client_has_ended_in_the_pause() -> None:
    options = {"delay.sleep": PAUSE}
    with witnesses() as server, running(server.address, "100:delay", options) as daemon:
        with daemon.connect() as client:
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            assert server.witness().wait_end()[0] == b"hello"
        wait_no_session(daemon)


def test_what_comes_in_the_pause_goes_with_the_rest() -> None:
    options = {"delay.sleep": 4 * PAUSE}
    with witnesses() as server, running(server.address, "100:delay", options) as daemon, daemon.connect() as client:
        client.sendall(b"hel")
        daemon.wait_until(lambda: handled(daemon, "delay") == [0, 1])
        client.sendall(b"lo")
        assert server.witness().wait_data(5) == b"hello"
        assert handled(daemon, "delay") == [0, 1]


@pytest.mark.parametrize("seconds", [3600, 1e300])
def test_a_session_that_is_cut_in_the_pause_takes_its_alarm_along(seconds: float) -> None:
    options = {"delay.sleep": seconds}
    with witnesses() as server, running(server.address, "100:delay", options) as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        daemon.wait_until(lambda: handled(daemon, "delay") == [0, 1])
        daemon.do(lambda: daemon.proxy.cut("test"))
        wait_no_session(daemon)
        assert daemon.do(lambda: [alarm for alarm in daemon.daemon.shared.clock._alarms if alarm[2]]) == []
        assert server.witness().data == b""
