"""A thousand changes of behavior under the load of two hundred Redis sessions: nothing is lost, nothing is wrong."""

from __future__ import annotations

import json
import selectors
import socket
import threading
from collections import deque
from types import TracebackType
from typing import Any

from tests.control.controlled import Connection, Controlled, controlled
from tests.peers import receive_exactly
from tests.running import DEADLINE
from tests.servers.redis import Redis

SESSIONS = 200
ASKING = 50
"""So many of them wait for an answer at the same time; the others have their turn as soon as one has it."""
CHANGES = 1000
PACE = 0.005
"""The sessions' thread leaves the others of this process so much time, in seconds, between two rounds."""
BEHAVIORS: list[dict[str, Any]] = [
    {"behavior": "100:dummy"},
    {"behavior": "100:delay", "handlers": {"delay": {"sleep": 0.001}}},
    {"behavior": "30:delay,30:drip", "handlers": {"delay": {"sleep": 0.0005}, "drip": {"bytes": 3, "interval": 0}}},
    {"behavior": "100:delay", "handlers": {"delay": {"sleep": 0.0, "direction": "to_client"}}},
]
"""None of them changes what is said, only when."""


def encoded(*arguments: bytes) -> bytes:
    return b"*%d\r\n" % len(arguments) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in arguments)


class Workload(threading.Thread):
    """Sessions that ask Redis one thing after the other, each its own and in turn, until they are told to stop."""

    def __init__(self, address: Any) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.wrong: list[str] = []
        self.answers = 0
        self.stopping = False
        self.pause = threading.Event()

    def __enter__(self) -> Workload:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.stopping = True
        self.join(DEADLINE)
        assert not self.is_alive()

    def run(self) -> None:
        try:
            self.work()
        except Exception as exc:
            self.wrong.append(repr(exc))

    def work(self) -> None:
        with selectors.DefaultSelector() as selector:
            socks = [socket.create_connection(self.address, timeout=DEADLINE) for _ in range(SESSIONS)]
            for number, sock in enumerate(socks):
                selector.register(sock, selectors.EVENT_READ, [number, 0, b""])
            idle, asking = deque(selector.get_map().values()), 0
            while asking or not self.stopping:
                while asking < ASKING and not self.stopping:
                    self.ask(idle.popleft())
                    asking += 1
                self.pause.wait(PACE)
                ready = selector.select(DEADLINE)
                if not ready:
                    raise AssertionError(f"{asking} requests have no answer")
                for key, _ in ready:
                    if self.answer(key.fileobj, key.data):
                        idle.append(key)
                        asking -= 1
            for sock in socks:
                sock.close()

    def ask(self, key: selectors.SelectorKey) -> None:
        number, count, _ = key.data
        key.data[1:] = [count + 1, b""]
        key.fileobj.sendall(encoded(b"ECHO", b"%d-%d" % (number, count + 1)))

    def answer(self, sock: Any, state: list[Any]) -> bool:
        """One session has more of its answer; whether that is all of it."""
        number, count, got = state
        got += sock.recv(1000)
        text = b"%d-%d" % (number, count)
        wanted = b"$%d\r\n%s\r\n" % (len(text), text)
        if not wanted.startswith(got) or not got:
            raise AssertionError(f"{got!r} instead of {wanted!r}")
        if got != wanted:
            state[2] = got
            return False
        self.answers += 1
        return True


class Lasting:
    """Requests to the control API on one connection."""

    def __init__(self, api: Controlled) -> None:
        self.connection = Connection(api.address)

    def __enter__(self) -> Lasting:
        return self

    def __exit__(self, *exc: object) -> None:
        self.connection.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of the answer, which is good."""
        self.connection.request(method, path, None if body is None else json.dumps(body))
        answer = self.connection.getresponse()
        assert answer.status == 200
        return json.loads(answer.read())

    def calls(self, ordinal: int) -> dict[str, int]:
        """By handler, those of one session until now."""
        found: dict[str, int] = self.call("GET", f"/v1/proxies/default/sessions/{ordinal}")["calls"]
        return found


def ping(probe: socket.socket) -> None:
    probe.sendall(encoded(b"PING"))
    assert receive_exactly(probe, 7) == b"+PONG\r\n"


def test_a_thousand_changes_under_load(redis_server: Redis) -> None:
    with (
        controlled(f"127.0.0.1:{redis_server.port}") as it,
        Workload(it.running.address) as load,
        it.running.connect() as probe,
        Lasting(it) as api,
    ):
        ping(probe)
        mine = "{}:{}".format(*probe.getsockname())
        sessions = api.call("GET", "/v1/proxies/default/sessions")["sessions"]
        (ordinal,) = [session["ordinal"] for session in sessions if session["client"] == mine]
        before = api.calls(ordinal)
        for number in range(CHANGES):
            body = BEHAVIORS[number % len(BEHAVIORS)]
            assert api.call("PUT", "/v1/proxies/default/behavior", body)["behavior"] == body["behavior"]
            ping(probe)
            after = api.calls(ordinal)
            given = {name for name in after if after[name] > before.get(name, 0)}
            allowed = {part.partition(":")[2] for part in body["behavior"].split(",")} | {"dummy"}
            assert given <= allowed, (number, body, before, after)
            if body["behavior"] == "100:delay":
                assert "delay" in given, (number, body, before, after)
            before = after
    assert not load.wrong
    assert load.answers > 20 * SESSIONS
