"""The control API answers at once, however stuck the data path is."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack

from tests import peers
from tests.control.controlled import Controlled, controlled
from tests.running import DEADLINE

SOON = 0.1
"""In which time every call has to be answered, in seconds."""
TRIES = 10
"""On a busy machine one may be late for reasons of its own."""
SESSIONS = 50


def quickest(api: Controlled, method: str, path: str, body: object = None) -> float:
    """How long the quickest of some tries took, in seconds."""
    best = 60.0
    for _ in range(TRIES):
        start = time.monotonic()
        status, _, _ = api.call(method, path, body)
        best = min(best, time.monotonic() - start)
        assert status in (200, 201, 204, 404)
        if best < SOON:
            break
    return best


def test_all_is_stuck_and_the_api_answers() -> None:
    """Sessions in a hang, before full buffers, and before a backend that does not accept."""
    with ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        over = threading.Event()
        reader = stack.enter_context(peers.backend(lambda sock: over.wait(60) and None))
        stack.callback(over.set)
        dead = f"127.0.0.1:{silent.getsockname()[1]}"
        full = "{}:{}".format(*reader.address)
        api = stack.enter_context(
            controlled(
                reader.address,
                "100:hang",
                sections={
                    "proxy:full": {"local": "127.0.0.1:0", "distant": full, "behavior": "100:dummy"},
                    "proxy:dead": {"local": "127.0.0.1:0", "distant": dead},
                },
            )
        )
        for name, proxy in api.running.daemon.proxies.items():
            for _ in range(SESSIONS):
                client = stack.enter_context(socket.create_connection(proxy.address, DEADLINE))
                client.setblocking(False)
                try:
                    while name == "full" and client.send(bytes(1_000_000)):
                        pass
                    client.send(b"hello")
                except BlockingIOError:
                    pass
        hanging = api.running.daemon.proxies["default"]
        api.running.wait_until(lambda: hanging.counters.calls["hang"][True] == SESSIONS, "all hang")
        slow = {
            (method, path): took
            for method, path, body in (
                ("GET", "/v1", None),
                ("GET", "/v1/proxies", None),
                ("GET", "/v1/proxies/full/sessions", None),
                ("GET", "/v1/proxies/full/counters", None),
                ("GET", "/v1/handlers", None),
                ("GET", "/v1/openapi.json", None),
                ("GET", "/healthz", None),
                ("GET", "/metrics", None),
                ("PUT", "/v1/proxies/default/behavior", {"behavior": "10:delay"}),
                ("PATCH", "/v1/proxies/dead", {"timeout": 3}),
                ("DELETE", "/v1/proxies/full/sessions/1", None),
                ("DELETE", "/v1/proxies/dead/sessions", None),
                ("PATCH", "/v1/proxies/default", {"enabled": False}),
                ("DELETE", "/v1/proxies/full", None),
            )
            if (took := quickest(api, method, path, body)) >= SOON
        }
        assert not slow
