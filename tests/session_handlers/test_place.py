"""What a session handler gets, and when: before hooks and the backend; and what is told of its sessions."""

from __future__ import annotations

import logging
import socket
import threading
from typing import Any

import gevent
import pytest

from tests.path.tools import how_it_ends
from tests.peers import Backend, receive_exactly
from tests.running import DEADLINE
from tests.session_handlers.tools import SCRIPTED, beginning, ended, script, wait_entering
from vaurien.hooks import Hook


class Noting(Hook):
    """Notes what hooks are told of sessions."""

    name = "noting"

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def session_started(self, session: Any) -> None:
        self.told.append(("started", session.ordinal))

    def session_ended(self, session: Any) -> None:
        self.told.append(("ended", session.ordinal))


def test_hooks_are_told_of_those_sessions_alone_that_go_on(echo_backend: Backend) -> None:
    hook = Noting()
    with (
        script(lambda handler, session: session.ordinal != 1),
        beginning(echo_backend.address, SCRIPTED) as daemon,
    ):
        daemon.do(lambda: daemon.proxy.hooks.add(hook))
        with daemon.connect() as client:
            assert how_it_ends(client) == "end"
        with daemon.connect() as client:
            client.sendall(b"q")
            assert receive_exactly(client, 1) == b"q"
        assert ended(daemon) == {"ended by scripted": 1, "client closed": 1}
        daemon.wait_until(lambda: hook.told == [("started", 2), ("ended", 2)], str(hook.told))


def test_it_gets_the_session_before_the_backend_has_heard_of_it(echo_backend: Backend) -> None:
    seen: list[Any] = []
    go_on = threading.Event()

    def act(handler: Any, session: Any) -> None:
        seen.append((session.ordinal, session.client_address, session.client_sock.getpeername(), handler.proxy.name))
        with gevent.Timeout(DEADLINE):
            while not go_on.is_set():
                gevent.sleep(0.001)

    with script(act), beginning(echo_backend.address, SCRIPTED) as daemon, daemon.connect() as client:
        client.sendall(b"q")
        wait_entering(daemon)
        assert not echo_backend.sessions
        go_on.set()
        assert receive_exactly(client, 1) == b"q"
        assert seen == [(1, client.getsockname(), client.getsockname(), "default")]


def test_what_it_reads_reaches_nobody_else(echo_backend: Backend) -> None:
    def act(handler: Any, session: Any) -> None:
        assert session.client_sock.recv(3) == b"abc"

    with script(act), beginning(echo_backend.address, SCRIPTED) as daemon, daemon.connect() as client:
        client.sendall(b"abcdef")
        assert receive_exactly(client, 3) == b"def"


@pytest.mark.parametrize(("how", "fate"), [("reset_client", "reset"), ("close_client", "end")])
def test_it_can_close_and_reset(how: str, fate: str, echo_backend: Backend) -> None:
    def act(handler: Any, session: Any) -> None:
        session.client_sock.recv(1)
        getattr(session, how)()

    with script(act), beginning(echo_backend.address, SCRIPTED) as daemon, daemon.connect() as client:
        client.sendall(b"question")
        assert how_it_ends(client) == fate
        assert ended(daemon) == {"ended by scripted": 1}
    assert not echo_backend.sessions


def test_it_can_wait_for_the_client_to_leave(echo_backend: Backend) -> None:
    def act(handler: Any, session: Any) -> bool:
        session.wait_departure()
        return False

    with script(act), beginning(echo_backend.address, SCRIPTED) as daemon:
        with daemon.connect() as client:
            client.sendall(b"question")
            wait_entering(daemon)
            client.shutdown(socket.SHUT_WR)
            assert how_it_ends(client) in ("end", "reset")
        ended(daemon)


def test_a_session_that_does_not_go_on_is_told_of_all_the_same(
    echo_backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[dict[str, Any]] = []
    with caplog.at_level(logging.INFO, "vaurien"), beginning(echo_backend.address, "100:refuse") as daemon:
        daemon.do(lambda: daemon.daemon.shared.events.listen(told.append))
        with socket.socket() as client:
            client.settimeout(DEADLINE)
            try:
                client.connect(daemon.address)
                client.recv(1)
            except ConnectionError:
                pass
        ended(daemon)
    assert [(event["type"], event["session_handler"]) for event in told] == [
        ("session_started", "refuse"),
        ("session_ended", "refuse"),
    ]
    (line,) = [record for record in caplog.records if record.getMessage().startswith("ended")]
    assert line.getMessage().startswith("ended: ended by refuse; -> 0 bytes, <- 0 bytes, calls: dummy=0, ")
    assert line.getMessage().endswith(", session handler refuse")
    assert line.__dict__["fields"]["session_handler"] == "refuse"


def test_other_sessions_are_told_of_as_ever(echo_backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    told: list[dict[str, Any]] = []
    with caplog.at_level(logging.INFO, "vaurien"), beginning(echo_backend.address, "0:refuse") as daemon:
        daemon.do(lambda: daemon.daemon.shared.events.listen(told.append))
        with daemon.connect() as client:
            client.sendall(b"q")
            assert receive_exactly(client, 1) == b"q"
        ended(daemon)
    assert not any("session_handler" in event for event in told)
    assert not any("session handler" in record.getMessage() for record in caplog.records)


def test_a_session_handler_and_a_behavior_of_calls_compose(echo_backend: Backend) -> None:
    with (
        beginning(echo_backend.address, "100:slow_open", {"slow_open.sleep": 0.01}, behavior="100:blackout") as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"q")
        assert how_it_ends(client) in ("end", "reset")
        assert ended(daemon) == {"ended by blackout": 1}


def test_a_client_on_a_unix_socket_that_leaves_is_seen(echo_backend: Backend, tmp_path: Any) -> None:
    local = f"unix:{tmp_path}/v.sock"
    with beginning(echo_backend.address, "100:slow_open", {"slow_open.sleep": 3600}, local=local) as daemon:
        with daemon.connect() as client:
            client.sendall(b"question")
            wait_entering(daemon)
        assert ended(daemon) == {"client left during slow_open": 1}
