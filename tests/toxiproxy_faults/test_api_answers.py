"""Row 1 of Toxiproxy's faults: the API never waits for a session, whatever the data path does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from tests import peers
from tests.control.controlled import controlled
from tests.control.toxiproxy.dialect import Dialect
from tests.path.tools import wait_no_sessions
from tests.peers import receive_exactly
from vaurien.cli import raise_descriptor_limit

SOON = 0.1
"""So soon each call is answered, in seconds."""
TRIES = 25
"""So often it is tried at most: on a busy machine this process has to wait, too."""
NAME = "/proxies/default"
TOXIC = f"{NAME}/toxics/one"
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/version", None),
    ("GET", "/proxies", None),
    ("POST", f"{NAME}/toxics", {"type": "latency", "name": "one", "attributes": {"latency": 60_000}}),
    ("GET", f"{NAME}/toxics", None),
    ("PATCH", TOXIC, {"attributes": {"latency": 70_000}}),
    ("PATCH", TOXIC, {"toxicity": 0.5}),
    ("DELETE", TOXIC, None),
    ("GET", "/v1/proxies", None),
    ("GET", "/v1/proxies/default/sessions", None),
    ("GET", "/v1/proxies/default/counters", None),
    ("PATCH", "/v1/proxies/default", {"toxics": {"two": {"type": "bandwidth", "stream": "upstream"}}}),
    ("PATCH", "/v1/proxies/default", {"toxics": {"two": {"attributes": {"rate": 1}}}}),
    ("PATCH", "/v1/proxies/default", {"toxics": {"two": None}}),
    ("POST", "/populate", []),
    ("GET", "/metrics", None),
    ("POST", "/reset", None),
]
"""Each leaves behind what the next one needs, so that all can be done again."""


def check_all_answer_soon(api: Dialect, calls: list[tuple[str, str, Any]] = CALLS) -> None:
    """The best of a few tries counts for each call."""
    best = [float("inf")] * len(calls)
    for _ in range(TRIES):
        for place, (method, path, body) in enumerate(calls):
            start = time.perf_counter()
            answer = api.api.ask(method, path, body)
            best[place] = min(best[place], time.perf_counter() - start)
            assert answer.status < 300, (method, path, answer)
        if max(best) < SOON:
            return
    slow = [(seconds, call) for seconds, call in zip(best, calls, strict=True) if seconds >= SOON]
    raise AssertionError(f"not answered soon: {slow}")


@contextmanager
def deaf() -> Iterator[Any]:
    """A backend whose kernel takes connections, and which never says or hears a thing."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        yield listener.getsockname()


@pytest.fixture(autouse=True)
def many_descriptors() -> None:
    """Each session takes two of the daemon's, and its client one, and all of them are this process's."""
    raise_descriptor_limit()


@contextmanager
def clients(api: Dialect, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(api.api.running.connect()) for _ in range(count)]


def wait_sessions(api: Dialect, count: int) -> None:
    api.api.running.wait_until(lambda: len(api.api.running.proxy.sessions) == count, f"{count} sessions")


def test_a_client_that_stops_reading() -> None:
    def flood(sock: socket.socket) -> None:
        while True:
            sock.sendall(b"x" * 65536)

    with peers.backend(flood) as backend, controlled(backend.address) as found:
        api = Dialect(found)
        with found.running.connect() as client:
            assert client.recv(1) == b"x"  # and no more
            check_all_answer_soon(api)
            disabled: list[tuple[str, str, Any]] = [
                ("PATCH", NAME, {"enabled": False}),
                ("PATCH", NAME, {"enabled": True}),
            ]
            check_all_answer_soon(api, disabled)
        with found.running.connect() as client:
            assert receive_exactly(client, 1 << 20) == b"x" * (1 << 20)


def test_a_backend_that_never_answers() -> None:
    with deaf() as address, controlled(address) as found, clients(Dialect(found), 20) as all_of_them:
        for client in all_of_them:
            client.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    client.send(b"x" * 65536)
        check_all_answer_soon(Dialect(found))


def test_500_sessions_in_timeout() -> None:
    with deaf() as address, controlled(address) as found:
        api = Dialect(found)
        api.toxic("timeout", "default", stream="upstream", name="silence")
        with clients(api, 500) as all_of_them:
            for client in all_of_them:
                client.sendall(b"x")
            wait_sessions(api, 500)
            calls = [call for call in CALLS if call[1] != "/reset"]
            check_all_answer_soon(api, calls)
            change: list[tuple[str, str, Any]] = [
                ("PATCH", f"{NAME}/toxics/silence", {"attributes": {"timeout": 900_000}}),
                ("PATCH", f"{NAME}/toxics/silence", {"attributes": {"timeout": 0}}),
            ]
            check_all_answer_soon(api, change)
            assert api.say("POST", "/reset").status == 204
            wait_no_sessions(found.running)


def test_a_timeout_goes_and_500_sessions_with_it() -> None:
    tries = []
    with deaf() as address, controlled(address) as found:
        api = Dialect(found)
        for _ in range(5):
            api.toxic("timeout", "default", stream="upstream", name="silence")
            with clients(api, 500):
                wait_sessions(api, 500)
                start = time.perf_counter()
                assert api.api.ask("DELETE", f"{NAME}/toxics/silence").status == 204
                tries.append(time.perf_counter() - start)
                wait_no_sessions(found.running)
            if tries[-1] < SOON:
                return
    raise AssertionError(f"not answered soon: {tries}")


def test_a_toxic_comes_moves_and_goes_on_500_live_sessions() -> None:
    with deaf() as address, controlled(address) as found:
        api = Dialect(found)
        with clients(api, 500):
            wait_sessions(api, 500)
            check_all_answer_soon(api)
