"""Whatever a session handler does, and whoever leaves meanwhile: nothing is left of the session."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.path.leaks import check_nothing_is_left
from tests.path.tools import fate_of_a_client, how_it_ends, reset
from tests.peers import Backend, receive_exactly
from tests.running import Running
from tests.session_handlers.tools import SCRIPTED, beginning, script, wait_entering

pytestmark = pytest.mark.usefixtures("tracebacks_are_not_kept")


def stays(daemon: Running) -> None:
    fate_of_a_client(daemon)


def closes(daemon: Running) -> None:
    with daemon.connect():
        wait_entering(daemon)


def half_closes(daemon: Running) -> None:
    with daemon.connect() as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            how_it_ends(client)


def resets(daemon: Running) -> None:
    with daemon.connect() as client:
        client.sendall(b"question")
        wait_entering(daemon)
        reset(client)


def is_cut(daemon: Running) -> None:
    with daemon.connect() as client:
        wait_entering(daemon)
        daemon.do(lambda: daemon.proxy.cut("cut by the test"))
        how_it_ends(client)


def asks(daemon: Running) -> None:
    with daemon.connect() as client:
        client.sendall(b"q")
        assert receive_exactly(client, 1) == b"q"


CASES: list[tuple[str, dict[str, object], Callable[[Running], None]]] = [
    ("refuse", {}, stays),
    *(("silent", {}, way) for way in (closes, half_closes, resets, is_cut)),
    ("silent", {"silent.time": 0.01}, stays),
    *(("slow_open", {"slow_open.sleep": 60}, way) for way in (closes, resets, is_cut)),
    *(("slow_open", {"slow_open.sleep": 0.01}, way) for way in (asks, half_closes)),
]


@pytest.mark.parametrize(("name", "options", "session"), CASES, ids=lambda part: getattr(part, "__name__", str(part)))
def test_of_those_that_are_built_in(
    echo_backend: Backend, name: str, options: dict[str, object], session: Callable[[Running], None]
) -> None:
    with beginning(echo_backend.address, f"100:{name}", options) as daemon:
        check_nothing_is_left(daemon, lambda: session(daemon))


def test_of_one_that_raises(echo_backend: Backend, errors: object) -> None:
    def act(handler: object, session: object) -> None:
        raise ValueError

    with script(act), beginning(echo_backend.address, SCRIPTED) as daemon:
        check_nothing_is_left(daemon, lambda: stays(daemon))
