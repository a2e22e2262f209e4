"""The dialect of the Vaurien of old, as tools that were written for it speak it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests import peers
from tests.control.controlled import Controlled, controlled
from tests.peers import receive_exactly
from vaurien.handlers import BUILT_IN

LATE = 0.2  # seconds, long enough to be told from a relay on a busy machine
ROUNDS = 200


class OldTool:
    """What the client of old did: it knows nothing but these addresses, and sends JSON without saying so."""

    def __init__(self, api: Controlled) -> None:
        self.api = api

    def get(self, path: str) -> Any:
        status, headers, answer = self.api.call("GET", path)
        assert (status, headers["content-type"]) == (200, "application/json"), answer
        return answer

    def put(self, path: str, body: Any, headers: dict[str, str] | None = None) -> None:
        sent = headers or {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.api.call("PUT", path, json.dumps(body).encode(), sent)
        assert (answer[0], answer[2]) == (200, {"status": "ok"})

    def set(self, name: str, **options: Any) -> None:
        self.put("/behavior", {"name": name, **options})

    @contextmanager
    def behavior(self, name: str, **options: Any) -> Iterator[None]:
        """Restored by nothing but its name."""
        before = self.get("/behavior")["behavior"]
        self.set(name, **options)
        yield
        self.set(before)

    def wrong(self, method: str, path: str, body: Any) -> dict[str, str]:
        """The error that a request gets. `body` may be bytes."""
        status, headers, answer = self.api.call(method, path, body)
        assert (status, headers["content-type"], answer["status"]) == (400, "application/json", "error"), answer
        (error,) = answer["errors"]
        assert set(error) == {"location", "name", "description"}
        assert error["description"]
        return error  # type: ignore[no-any-return]


@pytest.fixture
def old(api: Controlled) -> OldTool:
    return OldTool(api)


def holds(api: Controlled, proxy: str = "default") -> dict[str, Any]:
    """The behavior that holds, as the native API says it."""
    status, _, answer = api.call("GET", f"/v1/proxies/{proxy}/behavior")
    assert status == 200
    return answer  # type: ignore[no-any-return]


def round_trip(api: Controlled) -> float:
    """How long an echo takes through the proxy, in seconds."""
    with api.running.connect() as client:
        started = time.monotonic()
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        return time.monotonic() - started


def test_what_is_in_use_and_what_can_be(old: OldTool) -> None:
    assert old.get("/behavior") == {"behavior": "dummy"}
    assert old.get("/behaviors") == {"behaviors": sorted(handler.name for handler in BUILT_IN)}


def test_what_is_set_holds_with_its_options_from_the_next_call_on(old: OldTool) -> None:
    assert round_trip(old.api) < LATE
    old.set("delay", sleep=LATE)
    assert old.get("/behavior") == {"behavior": "delay"}
    assert round_trip(old.api) >= LATE
    assert round_trip(old.api) >= LATE  # the old one forgot it after one call
    assert holds(old.api)["behavior"] == "100:delay"
    old.set("dummy")
    assert old.get("/behavior") == {"behavior": "dummy"}
    assert round_trip(old.api) < LATE


def test_options_do_not_leak_into_the_next_use(echo_backend: peers.Backend) -> None:
    with controlled(echo_backend.address, options={"delay.sleep": 0.015}) as api:
        old = OldTool(api)
        old.set("delay", sleep=LATE, jitter=0.1)
        assert holds(api)["handlers"]["delay"]["sleep"] == LATE
        old.set("dummy")
        old.set("delay")
        values = holds(api)["handlers"]["delay"]
        assert (values["sleep"], values["jitter"]) == (0.015, 0.0)
        old.set("delay", jitter=0.001)
        values = holds(api)["handlers"]["delay"]
        assert (values["sleep"], values["jitter"]) == (0.015, 0.001)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json", "nonsense", ""]
)
def test_the_body_is_json_whatever_its_type(old: OldTool, kind: str) -> None:
    old.put("/behavior", {"name": "delay", "sleep": 2}, {"Content-Type": kind})
    assert holds(old.api)["handlers"]["delay"]["sleep"] == 2.0


def test_before_put_there_was_post(old: OldTool) -> None:
    status, _, answer = old.api.call("POST", "/behavior", {"name": "delay", "sleep": 3})
    assert (status, answer) == (200, {"status": "ok"})
    assert holds(old.api)["handlers"]["delay"]["sleep"] == 3.0


def test_weights_are_said_and_taken(old: OldTool) -> None:
    old.set("20:delay,5:error")
    assert old.get("/behavior") == {"behavior": "20:delay,5:error"}
    assert holds(old.api)["shares"][-1] == {"handler": "dummy", "percent": 75.0}
    old.set("20:delay", sleep=LATE)
    assert holds(old.api)["handlers"]["delay"]["sleep"] == LATE
    old.set("20:delay,5:error", **{"delay.sleep": 0.3, "error.inject": True})
    values = holds(old.api)["handlers"]
    assert (values["delay"]["sleep"], values["error"]["inject"]) == (0.3, True)


@pytest.mark.parametrize(
    ("behavior", "said"),
    [
        ("100:delay", "delay"),
        ("100:delay,0:error", "delay"),
        ("30:dummy", "dummy"),
        ("0:delay", "dummy"),
        ("99.5:delay", "99.5:delay"),
    ],
)
def test_one_handler_for_every_call_is_said_by_its_name(old: OldTool, behavior: str, said: str) -> None:
    old.set(behavior)
    assert old.get("/behavior") == {"behavior": said}


def test_a_tool_of_old_restores_weights(echo_backend: peers.Backend) -> None:
    with controlled(echo_backend.address, "20:delay,5:error", {"delay.sleep": 0.015}) as api:
        before, old = holds(api), OldTool(api)
        with old.behavior("hang"):
            assert holds(api)["behavior"] == "100:hang"
        assert holds(api) == before


NO_OBJECTS = [
    b"",
    b"[]",
    b'["delay"]',
    b"5",
    b"null",
    b'"delay"',
    b'{"name": "delay"',
    b"{",
    b"\xff\xfe",
    b'{"name": "delay", "name": "hang"}',
    b'{"name": "\\ud800"}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", NO_OBJECTS, ids=lambda body: repr(body[:30]))
@pytest.mark.parametrize("path", ["/behavior", "/backend"])
def test_a_body_that_is_no_object_is_refused(old: OldTool, path: str, body: bytes) -> None:
    before = holds(old.api), old.get("/backend")
    assert old.wrong("PUT", path, body)["location"] == "body"
    assert (holds(old.api), old.get("/backend")) == before


@pytest.mark.parametrize(
    ("body", "name", "part"),
    [
        ({"name": "dely"}, "name", "'dely' behavior does not exist; did you mean 'delay'?"),
        ({"name": "tests.control.test_live.Shout"}, "name", "does not exist"),
        ({}, "name", "missing"),
        ({"sleep": 2}, "name", "missing"),
        ({"name": 5}, "name", "no text"),
        ({"name": None}, "name", "no text"),
        ({"name": ["delay"]}, "name", "no text"),
        ({"name": "20:dely"}, "name", "dely"),
        ({"name": "120:delay"}, "name", "120"),
        ({"name": "20:delay,5"}, "name", "colon"),
        ({"name": "delay", "slep": 2}, "slep", "sleep"),
        ({"name": "delay", "": 2}, "", "unknown"),
        ({"name": "delay", "sleep": "x"}, "sleep", "expected a number of seconds"),
        ({"name": "delay", "sleep": -1}, "sleep", "0 or more"),
        ({"name": "delay", "sleep": None}, "sleep", "expected a number"),
        ({"name": "delay", "delay.sleep": -1}, "delay.sleep", "0 or more"),
        ({"name": "delay", "sleep": 2, "error.inject": True}, "error.inject", "unknown"),
        ({"name": "20:delay,5:error", "sleep": 2}, "sleep", "delay.sleep, error.sleep"),
        ({"name": "20:delay,5:error", "delay.sleep": -1}, "delay.sleep", "0 or more"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    old: OldTool, body: dict[str, Any], name: str, part: str
) -> None:
    old.set("delay", sleep=3)
    before = holds(old.api)
    error = old.wrong("PUT", "/behavior", body)
    assert (error["location"], error["name"]) == ("body", name)
    assert part in error["description"]
    assert holds(old.api) == before


def test_the_backend_is_said_and_set(old: OldTool) -> None:
    with peers.backend(lambda sock: sock.sendall(b"the other one")) as other:
        address = "{}:{}".format(*other.address)
        assert old.get("/backend") == {"backend": old.api.call("GET", "/v1/proxies/default")[2]["distant"]}
        with old.api.running.connect() as before:
            before.sendall(b"a")
            assert receive_exactly(before, 1) == b"a"
            old.put("/backend", {"backend": address})
            assert old.get("/backend") == {"backend": address}
            before.sendall(b"b")  # a session keeps its backend
            assert receive_exactly(before, 1) == b"b"
        with old.api.running.connect() as after:
            assert receive_exactly(after, 13) == b"the other one"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "backend"),
        ({"backend": "nowhere"}, "backend"),
        ({"backend": 5}, "backend"),
        ({"backend": None}, "backend"),
        ({"backend": ":0"}, "backend"),
        ({"backend": "localhost:1", "port": 2}, "port"),
    ],
)
def test_a_backend_that_cannot_be_is_refused(old: OldTool, body: dict[str, Any], name: str) -> None:
    before = old.get("/backend")
    error = old.wrong("PUT", "/backend", body)
    assert (error["location"], error["name"]) == ("body", name)
    assert old.get("/backend") == before


def in_text(api: Controlled, method: str, body: bytes | None = None) -> str:
    """What /handler answers."""
    answer = api.ask(method, "/handler", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200, answer
    assert answer.headers["content-type"].partition(";")[0] == "text/plain"
    return answer.body.decode()


def test_the_names_of_the_first_versions(old: OldTool) -> None:
    assert in_text(old.api, "GET") == "dummy"
    assert old.get("/handlers") == {"handlers": sorted(handler.name for handler in BUILT_IN)}
    assert in_text(old.api, "POST", b'{"sleep": 2, "name": "delay"}') == "OK"
    assert in_text(old.api, "GET") == "delay"
    assert holds(old.api)["handlers"]["delay"]["sleep"] == 2.0
    for text in (b"hang", b" hang\n"):
        in_text(old.api, "POST", b"dummy")
        assert in_text(old.api, "POST", text) == "OK"
        assert in_text(old.api, "GET") == "hang"
    in_text(old.api, "POST", b"20:delay,5:error")
    assert in_text(old.api, "GET") == "20:delay,5:error"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"dely", "name"),
        (b'{"name": "dely"}', "name"),
        (b'{"name": "delay", "sleep": "x"}', "sleep"),
        (b"{", ""),
        (b"[1]", ""),
        (b"[1", ""),
        (b"5", ""),
        (b"null", ""),
        (b"", ""),
        (b"\xff", "name"),
        (b"-", ""),
    ],
)
def test_errors_of_the_first_versions(old: OldTool, body: bytes, name: str) -> None:
    assert old.wrong("POST", "/handler", body)["name"] == name
    assert in_text(old.api, "GET") == "dummy"


class Spaced:
    """A handler whose name cannot be written with weights."""

    name = "two words"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        (backend_sock if to_backend else client_sock).sendall((client_sock if to_backend else backend_sock).recv(1000))


def test_a_handler_that_no_behavior_can_name_is_refused(echo_backend: peers.Backend) -> None:
    with controlled(echo_backend.address, f"20:{__name__}.Spaced") as api:
        assert OldTool(api).wrong("PUT", "/behavior", {"name": "two words"})["name"] == "name"


@contextmanager
def several(backend: peers.Backend, *names: str) -> Iterator[OldTool]:
    ends = {"local": "127.0.0.1:0", "distant": "{}:{}".format(*backend.address)}
    with controlled(sections={f"proxy:{name}": ends for name in names}) as api:
        yield OldTool(api)


def test_the_only_proxy_is_meant_whatever_its_name(echo_backend: peers.Backend) -> None:
    with several(echo_backend, "web") as old:
        old.set("delay")
        assert holds(old.api, "web")["behavior"] == "100:delay"


def test_of_several_proxies_the_default_or_the_named_one_is_meant(echo_backend: peers.Backend) -> None:
    with several(echo_backend, "web", "default", "a b") as old:
        old.set("delay")
        old.put("/behavior?proxy=a%20b", {"name": "hang"})
        found = [holds(old.api, name)["behavior"] for name in ("web", "default", "a%20b")]
        assert found == ["100:dummy", "100:delay", "100:hang"]
        assert old.get("/behavior?proxy=a%20b") == {"behavior": "hang"}
        error = old.wrong("GET", "/behavior?proxy=wob", None)
        assert (error["location"], error["name"]) == ("querystring", "proxy")
        assert "'web'" in error["description"]


@pytest.mark.parametrize(("names", "part"), [(("web", "redis"), "?proxy=NAME"), ((), "/v1/proxies")])
def test_without_a_proxy_that_can_be_meant_it_is_said_what_to_do(
    echo_backend: peers.Backend, names: tuple[str, ...], part: str
) -> None:
    with several(echo_backend, *names) as old:
        requests = [("GET", "/behavior", None), ("PUT", "/behavior", {"name": "delay"}), ("GET", "/handler", None),
                    ("POST", "/handler", {"name": "delay"}), ("GET", "/backend", None),
                    ("PUT", "/backend", {"backend": "localhost:1"})]  # fmt: skip
        for method, path, body in requests:
            error = old.wrong(method, path, body)
            assert (error["location"], error["name"]) == ("querystring", "proxy")
            assert part in error["description"]
        assert "delay" in old.get("/behaviors")["behaviors"]


SWITCHES: list[dict[str, Any]] = [
    {"name": "delay", "sleep": 0.001},
    {"name": "dummy"},
    {"name": "50:delay,50:drip", "delay.sleep": 0.001, "drip.interval": 0.0},
]
"""None of them changes what is said, only when."""


def test_switching_under_traffic_loses_nothing(old: OldTool) -> None:
    stop, wrong, rounds = threading.Event(), list[BaseException](), [0] * 8

    def ask(number: int) -> None:
        try:
            with old.api.running.connect() as client:
                while not stop.is_set():
                    text = b"%d %07d" % (number, rounds[number])
                    client.sendall(text)
                    assert receive_exactly(client, 9) == text
                    rounds[number] += 1
        except BaseException as exc:
            wrong.append(exc)

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(rounds))]
    for thread in threads:
        thread.start()
    try:
        for number in range(ROUNDS):
            old.put("/behavior", SWITCHES[number % len(SWITCHES)])
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert not wrong
    assert min(rounds) > 0
